import { join } from "node:path";
import { type AgentSetup, type ConfigFile, ownFile } from "../agentSetup.ts";
import { pluginText } from "./plugin.ts";
import { withFloor, withoutFloor } from "./settings.ts";

export const openCodeSetup: AgentSetup = {
	agent: "opencode",
	program: "opencode",
	files: (scope, { workspace, userHome, environment }, { program, waitSeconds }) => {
		const userFolder = join(environment.XDG_CONFIG_HOME || join(userHome, ".config"), "opencode");
		const folder = scope === "user" ? userFolder : join(workspace, ".opencode");
		return [
			ownFile(join(folder, "plugin", "countersign.js"), pluginText(program, waitSeconds)),
			{ path: join(folder, "opencode.json"), connect: withFloor, disconnect: withoutFloor },
			...dependency(folder),
			...(scope === "user" ? [] : dependency(userFolder).map((file) => ({ ...file, isShared: true as const }))),
		];
	},
};

/**
 * Where there is a plugin, OpenCode downloads `@opencode-ai/plugin` into each of its folders and waits for that; without a
 * network it hangs. Our plugin does not need it, so what OpenCode looks for is laid there, where nobody has put anything yet.
 */
function dependency(folder: string): ConfigFile[] {
	const name = "@opencode-ai/plugin";
	const description =
		"Laid by Countersign, so that OpenCode does not wait for a download that its plugin does not need.";
	const lock = { lockfileVersion: 3, requires: true, packages: { "": { dependencies: { [name]: "*" } } } };
	return [
		laid(join(folder, "package-lock.json"), { name: "countersign-laid", ...lock }),
		laid(join(folder, "node_modules", name, "package.json"), { name, version: "0.0.0-countersign", description }),
	];
}

function laid(path: string, value: object): ConfigFile {
	const content = `${JSON.stringify(value, null, "\t")}\n`;
	return {
		path,
		connect: (text) => (text === "" ? content : text),
		disconnect: (text) => (text === content ? "" : text),
	};
}

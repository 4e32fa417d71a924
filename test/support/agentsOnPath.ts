import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { shellQuote } from "../../src/base/shellQuote.ts";
import { provisionClaude } from "./agentCache.ts";
import { type PackagedAgent, provisionAgent } from "./agentPackages.ts";
import { makePlace, type Place } from "./gateProcess.ts";
import { tempDir } from "./tempDir.ts";

/** A place whose user has a home of their own and, installed as anybody has them, these agents. */
export interface InstalledPlace extends Place {
	readonly user: string;
}

const PROGRAMS: Readonly<Record<"claude-code" | PackagedAgent, string>> = {
	"claude-code": "claude",
	codex: "codex",
	"gemini-cli": "gemini",
	"qwen-code": "qwen",
	opencode: "opencode",
	cline: "cline",
};

export type InstalledAgent = keyof typeof PROGRAMS;

export async function makeInstalledPlace(agent?: InstalledAgent): Promise<InstalledPlace> {
	const place = makePlace({ "mine.txt": "mine\n" });
	const root = tempDir("user-");
	const [user, bin, temporary] = ["home", "bin", "tmp"].map((name) => join(root, name)) as [string, string, string];
	for (const folder of [user, bin, temporary]) mkdirSync(folder);
	if (agent) {
		const command =
			agent === "claude-code" ? [(await provisionClaude()).claude] : (await provisionAgent(agent)).command;
		const path = join(bin, PROGRAMS[agent]);
		writeFileSync(path, `#!/bin/sh\nexec ${command.map(shellQuote).join(" ")} "$@"\n`);
		chmodSync(path, 0o755);
	}
	const none = { CODEX_HOME: "", CLAUDE_CONFIG_DIR: "", XDG_CONFIG_HOME: "", GEMINI_CLI_HOME: "", QWEN_HOME: "" };
	const PATH = [bin, dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"].join(":");
	return {
		...place,
		user,
		environment: { ...place.environment, ...none, HOME: user, TMPDIR: temporary, PATH, NODE_EXTRA_CA_CERTS: "" },
	};
}

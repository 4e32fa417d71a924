import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join, relative } from "node:path";
import { type Home, homeAt } from "../../../src/store/home.ts";
import { tempDir } from "../tempDir.ts";
import { makeProfile, type Profile } from "../vscode/profile.ts";
import { AGENT, DemoAgent } from "./agent.ts";
import { followLog } from "./followLog.ts";
import { layWorkspace } from "./night.ts";

/** The checkout; this is bundled into dist/start.js. */
export const PROJECT = join(__dirname, "..");

/** A workspace, an editor's profile and a COUNTERSIGN_HOME that are nobody's, and are gone when this process ends. */
export interface Sample {
	readonly workspace: string;
	readonly profile: Profile;
	readonly home: Home;
}

export function makeSample(): Sample {
	const root = tempDir("countersign-night-");
	const workspace = join(root, "night-shift");
	mkdirSync(workspace);
	layWorkspace(workspace);
	// The sample is no repository, and a machine without git is none of its business.
	const profile = makeProfile(root, { "git.enabled": false });
	return { workspace, profile, home: homeAt(profile.countersignHome) };
}

/** What was built, packed as it is published. */
export function packExtension({ profile }: Sample): string {
	const path = join(profile.userData, "countersign.vsix");
	const { status, stdout, stderr } = spawnSync("npm", ["run", "package", "--ignore-scripts", "--", "--out", path], {
		cwd: PROJECT,
		encoding: "utf8",
		shell: process.platform === "win32",
	});
	if (status !== 0) throw new Error(`The extension was not packed. Run: npm run package\n${stdout}${stderr}`);
	return path;
}

/** The agent asks as soon as a gate stands; resolves when everything is decided and told. */
export async function playNight(workspace: string, home: Home): Promise<void> {
	const printLog = followLog(home, workspace);
	const say = (line: string) => void printLog().then(() => console.log(line));
	let wasThere = false;
	const agent = new DemoAgent(home, workspace, {
		reaction: (line) => say(`${AGENT}> ${line}`),
		gate: (is) => {
			if (is === "gone") say(`${AGENT}> The gate is gone. I wait for it, and ask for the same again.`);
			else if (wasThere) say(`${AGENT}> The gate is back.`);
			else say(`${AGENT}> The gate stands. I ask for all five, and wait.`);
			wasThere = true;
		},
	});
	await agent.play();
	await printLog();
	const cli = relative(process.cwd(), join(PROJECT, "dist", "cli.js"));
	console.log(`
Everything is decided. The record, from another terminal, as long as this runs:
  COUNTERSIGN_HOME=${home.root} node ${cli} log --workspace ${workspace}
  COUNTERSIGN_HOME=${home.root} node ${cli} verify --workspace ${workspace}`);
}

/** What a person is to do in the window. */
export function instructions(): string {
	const keys = process.platform === "darwin" ? "Cmd+Alt" : "Shift+Alt";
	const lines = [
		["the Countersign icon", "what waits; a click on a row shows exactly what would happen"],
		[`${keys}+Q`, "the next request"],
		[`${keys}+Y`, "approve what is on screen; you may change it first"],
		[`${keys}+N`, "deny it, with a reason that the agent is told"],
	] as const;
	return `An agent, ${AGENT}, asks for five things at once as soon as the window stands. Nothing happens before you decide.
${lines.map(([what, does]) => `  ${what.padEnd(22)}${does}`).join("\n")}
One of the five is a mistake: the agent takes production/config.yml for a temporary file.
`;
}

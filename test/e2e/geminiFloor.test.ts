import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, type TestContext, test } from "vitest";
import { shellQuote } from "../../src/base/shellQuote.ts";
import { killTree } from "../../src/doctor/processTree.ts";
import { provisionAgent } from "../support/agentPackages.ts";
import { countersign, isThere } from "../support/gateProcess.ts";
import { makeAgentPlace, REAL_AGENTS, type RealAgent } from "../support/realAgents.ts";
import { atExit } from "../support/tempDir.ts";

/** What Gemini's own policy, which `connect` lays, is worth at a terminal where our hook is not called. */

const gemini = REAL_AGENTS.find(({ agent }) => agent === "gemini-cli") as RealAgent;
const write = (workspace: string) => gemini.calls.write(join(workspace, "new.txt"), "hello\n");
const shell = () => gemini.calls.shell("echo hello > new.txt");

beforeAll(async () => {
	await provisionAgent("gemini-cli");
});

/** An interactive session of the real Gemini, connected, its hooks taken out again, and a tool allowed for ever. */
async function start({ onTestFinished }: TestContext, mode: string, tool: "write_file" | "run_shell_command") {
	const call = tool === "write_file" ? write : shell;
	const place = await makeAgentPlace(gemini, {}, (workspace) => [call(workspace)]);
	onTestFinished(() => place.model.stop());
	await countersign(place, ["connect", "gemini-cli", "--scope", "user"]);
	const settings = join(place.agentHome, ".gemini", "settings.json");
	const { hooks: _, ...rest } = JSON.parse(readFileSync(settings, "utf8"));
	writeFileSync(settings, JSON.stringify(rest));
	const words = ["-i", "Do the task.", "-m", "gemini-2.5-pro", "--skip-trust", "--approval-mode", mode];
	const command = [...place.program.command, ...words, "--allowed-tools", tool].map(shellQuote).join(" ");
	const places = { workspace: place.workspace, userHome: place.agentHome, environment: {} };
	const { environment } = gemini.canary.start(place.model.url, places);
	mkdirSync(join(place.agentHome, "tmp"), { recursive: true });
	const run = () => {
		const child = spawn("script", ["-qfec", command, "/dev/null"], {
			cwd: place.workspace,
			env: { PATH: place.environment.PATH, HOME: place.agentHome, TERM: "xterm", LANG: "C.UTF-8", ...environment },
			detached: true,
			stdio: ["pipe", "ignore", "ignore"],
		});
		atExit(() => killTree(child));
		onTestFinished(() => killTree(child));
	};
	const floor = join(place.agentHome, ".gemini", "policies", "countersign.toml");
	return { place, run, withoutFloor: () => rmSync(floor) };
}

const CASES = [
	["default", "write_file"],
	["auto_edit", "run_shell_command"],
] as const;

test.concurrent.for(CASES)(
	"in the mode %s its policy asks for %s, although that is allowed",
	async ([mode, tool], context) => {
		const { place, run } = await start(context, mode, tool);
		run();
		await context.expect.poll(() => place.model.requests.length, { timeout: 30_000 }).toBe(1);
		await new Promise((done) => setTimeout(done, 5000));
		expect(isThere(place, "new.txt")).toBe(false);
		expect(place.model.requests).toHaveLength(1);
	},
);

test.concurrent("without the policy such a call runs", async (context) => {
	const { place, run, withoutFloor } = await start(context, "default", "write_file");
	withoutFloor();
	run();
	await context.expect.poll(() => isThere(place, "new.txt"), { timeout: 30_000 }).toBe(true);
});

test.concurrent("in the mode auto_edit Gemini's file tools run all the same, as its page says", async (context) => {
	const { place, run } = await start(context, "auto_edit", "write_file");
	run();
	await context.expect.poll(() => isThere(place, "new.txt"), { timeout: 30_000 }).toBe(true);
});

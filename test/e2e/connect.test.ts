import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { countersign, makePlace, type Place } from "../support/gateProcess.ts";
import { tempDir } from "../support/tempDir.ts";

/** `connect` and `disconnect` with the files of every agent, on a machine where none of them is installed. */

interface HomePlace extends Place {
	readonly user: string;
}

function makeHome(files: Readonly<Record<string, string>> = {}): HomePlace {
	const place = makePlace();
	const user = tempDir("home-");
	put(user, files);
	const none = { CODEX_HOME: "", CLAUDE_CONFIG_DIR: "", XDG_CONFIG_HOME: "", GEMINI_CLI_HOME: "", QWEN_HOME: "" };
	return { ...place, user, environment: { ...place.environment, ...none, HOME: user, PATH: "/usr/bin:/bin" } };
}

function put(folder: string, files: Readonly<Record<string, string>>): void {
	for (const [name, text] of Object.entries(files)) {
		mkdirSync(dirname(join(folder, name)), { recursive: true });
		writeFileSync(join(folder, name), text);
	}
}

function filesIn(folder: string): Record<string, string> {
	const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
	const files = names.filter((name) => statSync(join(folder, name)).isFile());
	return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

const connect = (place: Place, agent: string, ...more: string[]) => countersign(place, ["connect", agent, ...more]);
const disconnect = (place: Place, agent: string, ...more: string[]) =>
	countersign(place, ["disconnect", agent, ...more]);

const HOOKS = '{\n  "hooks": {\n    "Stop": [ { "hooks": [] } ]\n  } }';
/** Each agent's own files, as a person has them. */
const AGENTS: readonly [agent: string, project: Record<string, string>, user: Record<string, string>][] = [
	["claude-code", { ".claude/settings.local.json": HOOKS }, { ".claude/settings.json": HOOKS }],
	["codex", { ".codex/hooks.json": HOOKS }, { ".codex/hooks.json": HOOKS, ".codex/config.toml": "# mine\n" }],
	["gemini-cli", { ".gemini/settings.json": `// mine\n${HOOKS}` }, { ".gemini/settings.json": HOOKS }],
	["qwen-code", { ".qwen/settings.json": `${HOOKS} /* end */` }, { ".qwen/settings.json": HOOKS }],
	[
		"opencode",
		{ ".opencode/opencode.json": '{ "model": "x" } // mine' },
		{ ".config/opencode/opencode.json": '{"permission": {"bash": "deny"}}' },
	],
	["cline", { ".cline/hooks/TaskStart.sh": "#!/bin/sh\n" }, { ".cline/hooks/PreToolUse.js": "//" }],
];

describe.concurrent.each(AGENTS)("%s", (agent, project, user) => {
	test.concurrent.for([
		["project", project, {}],
		["user", {}, user],
	] as const)("comes and goes in the %s's files without another byte changed", async ([scope, inProject, inUser]) => {
		const place = makeHome(inUser);
		put(place.workspace, inProject);
		const { code, stdout, stderr } = await connect(place, agent, "--scope", scope);
		expect([code, stderr]).toEqual([
			0,
			expect.stringContaining("is not on PATH; the configuration is written all the same"),
		]);
		expect(stdout).toContain("connected");
		const connected = [filesIn(place.workspace), filesIn(place.user)];
		expect(connected).not.toEqual([inProject, inUser]);
		expect(JSON.stringify(connected)).toContain(join(place.home, "bin", "countersign-hook"));

		expect(await connect(place, agent, "--scope", scope)).toMatchObject({
			code: 0,
			stdout: expect.stringMatching(/^[^\n]*: nothing to change\.\n$/),
		});
		expect([filesIn(place.workspace), filesIn(place.user)]).toEqual(connected);

		expect((await disconnect(place, agent, "--scope", scope)).code).toBe(0);
		expect([filesIn(place.workspace), filesIn(place.user)]).toEqual([inProject, inUser]);
		expect((await disconnect(place, agent, "--scope", scope)).stdout).toContain("nothing to change");
	});

	test.concurrent("is printed, with the program that is wanted, and nothing is written", async () => {
		const place = makeHome();
		const { code, stdout, stderr } = await connect(place, agent, "--print", "--bin", "/opt/it's/hook");
		expect(code).toBe(0);
		expect(stdout).toMatch(/\/opt\/it('\\+'')?'?s\/hook/);
		if (["opencode", "gemini-cli"].includes(agent)) expect(stderr).toMatch(/^\n# \//);
		expect([filesIn(place.workspace), filesIn(place.user), filesIn(place.home)]).toEqual([{}, {}, {}]);
	});
});

test("what is not ours is refused before anything is written", async () => {
	for (const [agent, files, why] of [
		["codex", { ".codex/hooks.json": '{"hooks": {\n"PreToolUse": 5}}' }, "hooks.json: line 2 has"],
		["gemini-cli", { ".gemini/settings.json": "{\n" }, "settings.json: line"],
		["qwen-code", { ".qwen/settings.json": '{"disableAllHooks": true}' }, "turns all hooks off"],
		["opencode", { ".opencode/opencode.json": '{"permission": "allow"}' }, "opencode.json: line 1 allows every tool"],
		["opencode", { ".opencode/plugin/countersign.js": "// mine" }, "is not ours"],
		["cline", { ".cline/hooks/PostToolUse.sh": "#!/bin/sh" }, "PostToolUse.sh: is there already and is not ours"],
	] as const) {
		const place = makeHome();
		put(place.workspace, files);
		const { code, stderr } = await connect(place, agent);
		expect([agent, code, stderr]).toEqual([agent, 2, expect.stringContaining(why)]);
		expect([filesIn(place.workspace), filesIn(place.user)]).toEqual([files, {}]);
	}
});

test("the floor that several folders stand on goes with the last of them", async () => {
	const place = makeHome();
	const [one, two] = ["one", "two"].map((name) => join(place.workspace, name)) as [string, string];
	for (const folder of [one, two]) mkdirSync(folder);
	for (const folder of [one, two]) await connect(place, "gemini-cli", "--workspace", folder);
	const floor = join(place.user, ".gemini/policies/countersign.toml");
	await disconnect(place, "gemini-cli", "--workspace", one);
	expect(existsSync(floor)).toBe(true);
	await disconnect(place, "gemini-cli", "--workspace", two);
	expect(existsSync(floor)).toBe(false);
});

test("Cline's scripts can be run, and whoever connects is told what a denial costs", async () => {
	const place = makeHome();
	const { stderr } = await connect(place, "cline");
	expect(stderr).toContain("a denial ends the whole run, and the model is not told why");
	expect(statSync(join(place.workspace, ".cline/hooks/PreToolUse.sh")).mode & 0o111).toBe(0o111);
	expect((await connect(place, "cline", "--wait", "200")).stderr).toContain("from 1 to 100 with cline");
});

test("without Codex there is nobody to trust the hooks, and that is said", async () => {
	expect((await connect(makeHome(), "codex")).stderr).toContain("nothing is gated yet");
});

test("an agent that is not ready is not connected", async () => {
	for (const agent of ["cursor", "copilot", "vscode", "openclaw", "gemini", ""]) {
		const { code, stderr } = await connect(makeHome(), agent);
		expect([code, stderr]).toEqual([2, expect.stringContaining("This version connects: claude-code, codex")]);
	}
});

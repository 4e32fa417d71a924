import { describe, expect, test } from "vitest";
import type { Hook, Places } from "../../../src/adapters/agentSetup.ts";
import { CANARIES } from "../../../src/adapters/canaries.ts";
import { SETUPS } from "../../../src/adapters/setups.ts";
import { hookDifferences } from "../../../src/doctor/differences.ts";

/** What doctor reads out of configurations, without any agent. */

const PLACES: Places = { workspace: "/ws/a b", userHome: "/home/it's", environment: {} };
const HOOK: Hook = { program: '/home/it\'s "mine"/bin/hook', waitSeconds: 90 };

test("every agent that can be connected can be looked at", () => {
	expect(CANARIES.map(({ agent }) => agent)).toEqual(SETUPS.map(({ agent }) => agent));
});

const PAIRS = SETUPS.flatMap((setup) => {
	const canary = CANARIES.find(({ agent }) => agent === setup.agent);
	return canary ? [{ agent: setup.agent, setup, canary }] : [];
});

describe.each(PAIRS)("$agent", ({ setup, canary }) => {
	const files = (scope: "project" | "user", hook: Hook) => setup.files(scope, PLACES, hook);
	const [main] = files("user", HOOK);
	const text = main?.connect("") ?? "";

	test("whatever connect writes for one of both scopes is copied for the canary", () => {
		const copied = canary.settings(PLACES);
		for (const { path } of [...files("project", HOOK), ...files("user", HOOK)]) {
			expect(
				copied.some((root) => path === root || path.startsWith(`${root}/`)),
				path,
			).toBe(true);
		}
	});

	test("its files are told in the same order for every place", () => {
		const other: Places = { ...PLACES, workspace: "/else", userHome: "/where" };
		const moved = canary
			.settings(PLACES)
			.map((path) => path.replace(PLACES.workspace, other.workspace).replace(PLACES.userHome, other.userHome));
		expect(canary.settings(other)).toEqual(moved);
	});

	test("the hook is read back as it was connected, whatever its path is like", () => {
		expect(canary.hookIn(text)).toEqual(HOOK);
		expect(canary.hookIn("")).toBeUndefined();
		expect(canary.hookIn('{"hooks": {}}')).toBeUndefined();
	});

	test("moved, it names the other program and the short wait, and nothing else is different", () => {
		const to: Hook = { program: "/tmp/canary's/hook", waitSeconds: 1 };
		const moved = canary.moved(text, HOOK, to);
		expect(canary.hookIn(moved)).toEqual(to);
		const numbers = (content: string) => content.replace(/\b\d+\b/g, "N");
		expect(numbers(moved)).toBe(numbers(files("user", to)[0]?.connect("") ?? ""));
	});

	test("a limit that connect did not write stays as it is", () => {
		const changed = text.replaceAll(/("timeout": )\d+/g, "$17");
		const moved = canary.moved(changed, HOOK, { ...HOOK, waitSeconds: 1 });
		expect(moved.match(/"timeout": \d+/g)).toEqual(changed.match(/"timeout": \d+/g));
	});

	test("only a whole and well-formed no counts as one", () => {
		const said = (code: number | null, stdout: string, stderr: string) => canary.allows({ code, stdout, stderr });
		const cancel = '{"cancel":true,"errorMessage":"no"}\n';
		expect(said(setup.agent === "cline" ? 0 : 2, cancel, "no")).toBe(false);
		if (setup.agent === "opencode") {
			expect(said(0, '{"decision":"allow"}', "")).toBe(true);
			return;
		}
		for (const [code, stdout, stderr] of [
			...([
				[0, "", ""],
				[1, "", "no"],
				[null, "", ""],
				[0, "{]garbage", ""],
			] as const),
			...([
				[127, "", "not found"],
				[2, "", ""],
			] as const),
		]) {
			expect(said(code, stdout, stderr), `${code} ${stdout}`).toBe(true);
		}
	});
});

const faultsOf = (agent: string, text: string, path = "/x/settings.json") =>
	CANARIES.find((canary) => canary.agent === agent)?.faults(path, text);

test("what turns hooks off in another file is seen, and a file that is dropped whole is a warning", () => {
	const slips = (says: RegExp) => [{ level: "slips", says: expect.stringMatching(says) }];
	expect(faultsOf("claude-code", '{"disableAllHooks": true}')).toEqual(slips(/"disableAllHooks" is true/));
	expect(faultsOf("claude-code", '{"disableAllHooks": false}')).toEqual([]);
	expect(faultsOf("claude-code", '{"env": {"BASH_ENV": "/x"}}')).toEqual(slips(/"env" sets BASH_ENV/));
	expect(faultsOf("claude-code", '{"env": {"PATH": "/x", "CLAUDE_CODE_USE_BEDROCK": "1"}}')).toEqual([]);
	expect(faultsOf("qwen-code", '{"disableAllHooks": true} // mine')).toEqual(slips(/"disableAllHooks" is true/));
	expect(faultsOf("gemini-cli", '{"hooksConfig": {"enabled": false}}')).toEqual(slips(/hooksConfig\.enabled/));
	expect(faultsOf("gemini-cli", '{"hooksConfig": {"disabled": ["countersign"]}}')).toEqual(slips(/names countersign/));
	expect(faultsOf("gemini-cli", '{"hooksConfig": {"disabled": ["other"]}}')).toEqual([]);
	for (const off of ["[features]\nhooks = false\n", "features.hooks = false\n", "[features]\nx = true\nhooks=false"]) {
		expect(faultsOf("codex", off, "/x/config.toml")).toEqual(slips(/features\.hooks is false/));
	}
	for (const on of [
		"[features]\nhooks = true\n",
		"[features]\n[other]\nhooks = false\n",
		"# features.hooks = false\n",
	]) {
		expect(faultsOf("codex", on, "/x/config.toml")).toEqual([]);
	}
	expect(faultsOf("claude-code", "{\n// mine\n}")).toEqual([
		{ level: "warn", says: "line 2 holds a comment; Claude Code ignores the file whole." },
	]);
	const openCode = CANARIES.find(({ agent }) => agent === "opencode");
	expect(openCode?.environmentFaults?.({ OPENCODE_PURE: "1" })).toEqual(slips(/loads no plugin/));
});

test("how our hooks differ is told by event and key", () => {
	const [main] = SETUPS[0]?.files("project", PLACES, HOOK) ?? [];
	const wanted = main?.connect("") ?? "";
	expect(hookDifferences("claude-code", wanted, wanted)).toEqual([]);
	const changed = wanted.replace('"matcher": "*"', '"matcher": "Bash"').replace('"timeout": 150', '"timeout": 5');
	expect(hookDifferences("claude-code", changed, wanted)).toEqual([
		'PreToolUse: "matcher" is "Bash", not "*"',
		'PreToolUse: "timeout" is 5, not 150',
	]);
	const without = wanted.replace('"PostToolUse"', '"Other"');
	expect(hookDifferences("claude-code", without, wanted)).toContain("PostToolUse has no hook of ours");
	expect(hookDifferences("claude-code", '{"hooks": 5}', wanted)).toContain("PreToolUse has no hook of ours");
});

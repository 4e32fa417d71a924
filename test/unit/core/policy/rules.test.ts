import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { evaluate } from "../../../../src/core/policy/evaluate.ts";
import { parsePolicy } from "../../../../src/core/policy/parsePolicy.ts";
import type { Policy } from "../../../../src/core/policy/policy.ts";
import type { PathFacts } from "../../../../src/core/ports.ts";
import type { Action } from "../../../../src/protocol/action.ts";
import { worked } from "../../../support/worked.ts";

const PLACE = { folder: "/ws", home: "/home/u/.countersign" };

function policyOf(...rules: string[]): Policy {
	const result = parsePolicy(`rules:\n${rules.map((rule) => ` - { ${rule} }\n`).join("")}`, PLACE.folder);
	if ("errors" in result) throw new Error(JSON.stringify(result.errors));
	return result.policy;
}

function facts(given: string, canonical = resolve(PLACE.folder, given)): PathFacts {
	const nothing = { dev: 1, ino: 2, mode: 0o644, nlink: 1, size: 1, parents: "" };
	return { given, lexical: resolve(PLACE.folder, given), canonical, kind: "file", ...nothing };
}

const shell = (command: string): Action => ({ tool: "shell_execute", command });
const api = (url: string, method = "GET"): Action => ({ tool: "api_call", method, url });
const PUSH = "id: no-force-push, effect: deny, tool: shell_execute, argv: [git, push, --force]";

describe("a rule that denies a command finds its words, whatever stands between and around them", () => {
	test.each([
		"git push --force",
		"git push origin main --force",
		"git -C /elsewhere push -q --force origin",
		"/usr/bin/git push --force",
		"./git push --force",
		"cd x && git push --force",
		"cd x;git push --force;ls",
		"(git push --force)",
		"$(git push --force)",
		"`git push --force`",
		"echo ok|git push --force",
		"true & git push --force &",
		"sudo git push --force",
		"env A=1 git push --force",
		"xargs git push --force < list",
		"sh -c 'git push --force'",
		'bash -c "git push --force"',
		"g\\it pu\\sh --force",
		"'git' \"push\" '--force'",
		"g''it push --fo\"r\"ce",
		"git \\\n push \\\n --force",
		"git\tpush\t--force",
		"git push\n--force",
		"{ git push --force; }",
		"if true; then git push --force; fi",
		"git push >log 2>&1 --force",
		`${"x ".repeat(20_000)}; git push --force`,
	])("%j", (command) => {
		expect(evaluate(shell(command), [], policyOf(PUSH), PLACE)).toMatchObject({
			effect: "deny",
			ruleId: "no-force-push",
		});
	});

	test.each(["git push", "git push --force-with-lease", "git pull --force", "legit push --force", "push --force git"])(
		"%j is another command, and asks",
		(command) => {
			expect(evaluate(shell(command), [], policyOf(PUSH), PLACE)).toMatchObject({ effect: "ask", ruleId: null });
		},
	);

	test("as argv too", () => {
		const argv = ["/usr/bin/git", "push", "a b", "--force"];
		expect(evaluate({ tool: "shell_execute", argv }, [], policyOf(PUSH), PLACE).effect).toBe("deny");
		const inShell = ["sh", "-c", "cd x; git push --force"];
		expect(evaluate({ tool: "shell_execute", argv: inShell }, [], policyOf(PUSH), PLACE).effect).toBe("deny");
	});

	test("a long command costs no more than its length", () => {
		const from = worked();
		evaluate(shell("git push ".repeat(100_000)), [], policyOf(PUSH), PLACE);
		expect(worked() - from).toBeLessThan(1000);
	});
});

const NO_SQL = "id: no-sql, effect: deny, tool: file_write, path: 'db/**/*.sql'";

describe("a rule on files finds them by every spelling, and where links lead", () => {
	test.each([
		["db/a.sql", undefined],
		["db/deep/er/a.sql", undefined],
		["DB/A.SQL", undefined],
		["db/.hidden.sql", undefined],
		["/ws/db/a.sql", undefined],
		["db/a.sql.", undefined],
		["db/a.sql::$DATA", undefined],
		["link.txt", "/ws/db/a.sql"],
		["db/a.sql", "/elsewhere/x"],
	])("%s, which is %s", (given, canonical) => {
		const action: Action = { tool: "file_write", path: given, content: "" };
		expect(evaluate(action, [facts(given, canonical)], policyOf(NO_SQL), PLACE).effect).toBe("deny");
	});

	test.each(["db/a.txt", "other/db/a.sql", "a.sql", "/elsewhere/db/a.sql"])("%s is another file, and asks", (given) => {
		const action: Action = { tool: "file_write", path: given, content: "" };
		expect(evaluate(action, [facts(given)], policyOf(NO_SQL), PLACE).effect).toBe("ask");
	});

	test("a set of changes with such a file in it is denied whole", () => {
		const changes: Action = { tool: "changes", changes: [{ tool: "file_write", path: "db/a.sql", content: "" }] };
		expect(evaluate(changes, [facts("x.txt"), facts("db/a.sql")], policyOf(NO_SQL), PLACE).effect).toBe("deny");
	});
});

describe("a rule on calls names the host, the method, the server, the tool, the recipient", () => {
	const rows: readonly [rule: string, action: Action, effect: string][] = [
		["tool: api_call, host: api.example.com", api("https://api.example.com/x"), "deny"],
		["tool: api_call, host: api.example.com", api("https://API.EXAMPLE.COM./x"), "deny"],
		["tool: api_call, host: api.example.com", api("https://u:p@api.example.com:8443/"), "deny"],
		["tool: api_call, host: api.example.com", api("https://api.example.com.evil.org/"), "ask"],
		["tool: api_call, host: api.example.com", api("https://evil.org/api.example.com"), "ask"],
		["tool: api_call, host: api.example.com", api("not a url"), "deny"],
		["tool: api_call, host: '*.example.com'", api("https://a.b.example.com/"), "deny"],
		["tool: api_call, host: '*.example.com'", api("https://example.com/"), "deny"],
		["tool: api_call, host: '*.example.com'", api("https://notexample.com/"), "ask"],
		["tool: api_call, method: DELETE", api("https://a.b/", "delete"), "deny"],
		["tool: api_call, method: DELETE", api("https://a.b/", "GET"), "ask"],
		["tool: api_call", api("https://a.b/", "GET"), "deny"],
		["tool: mcp_call, server: prod", { tool: "mcp_call", server: "prod", name: "x", arguments: {} }, "deny"],
		["tool: mcp_call, server: prod, name: x", { tool: "mcp_call", server: "prod", name: "y", arguments: {} }, "ask"],
		["tool: send_message, to: '#all'", { tool: "send_message", to: "#all", text: "hi" }, "deny"],
		["tool: send_message, to: '#all'", { tool: "send_message", to: "#dev", text: "hi" }, "ask"],
		["tool: custom, name: WebSearch", { tool: "custom", name: "WebSearch", arguments: {} }, "deny"],
		["tool: custom", { tool: "custom", name: "Anything", arguments: {} }, "deny"],
	];
	test.each(rows)("%s: %j is %s", (rule, action, effect) => {
		expect(evaluate(action, [], policyOf(`id: a, effect: deny, ${rule}`), PLACE).effect).toBe(effect);
	});
});

const READ: Action = { tool: "file_read", path: "secret-plans.txt" };
const read = (policy: Policy, agent = "") => evaluate(READ, [facts("secret-plans.txt")], policy, PLACE, agent);

test("a rule can make what is free ask, or deny it; what no rule names stays free", () => {
	expect(read(policyOf("id: a, effect: ask, tool: file_read, path: 'secret*', reason: Plans."))).toEqual({
		effect: "ask",
		tier: "normal",
		ruleId: "a",
		reason: "Plans.",
		why: ["Your rule a: Plans."],
	});
	expect(read(policyOf("id: a, effect: deny, tool: file_read, path: 'secret*'"))).toMatchObject({ effect: "deny" });
	expect(read(policyOf("id: a, effect: deny, tool: file_read, path: 'public*'"))).toMatchObject({ effect: "allow" });
});

test("deny wins over ask, in whatever order they stand, and a rule lowers no tier", () => {
	const ask = "id: b, effect: ask, tool: file_read";
	const deny = "id: c, effect: deny, tool: file_read";
	expect(read(policyOf(ask, deny))).toMatchObject({ effect: "deny", ruleId: "c" });
	expect(read(policyOf(deny, ask))).toMatchObject({ effect: "deny", ruleId: "c" });
	const settings = facts(".vscode/settings.json");
	const write: Action = { tool: "file_write", path: ".vscode/settings.json", content: "" };
	const asked = evaluate(write, [settings], policyOf("id: d, effect: ask, tool: file_write"), PLACE);
	expect(asked).toMatchObject({ effect: "ask", tier: "protected" });
	expect(asked.why).toHaveLength(2);
});

test("agent narrows a rule to who says to be that agent", () => {
	const policy = policyOf("id: a, effect: deny, tool: file_read, agent: codex");
	expect([read(policy, "codex").effect, read(policy, "claude-code").effect]).toEqual(["deny", "allow"]);
});

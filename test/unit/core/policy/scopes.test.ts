import { describe, expect, test } from "vitest";
import { allowRule, allowSchema } from "../../../../src/core/policy/allowRules.ts";
import { parsePolicy } from "../../../../src/core/policy/parsePolicy.ts";
import { type Part, partsOf } from "../../../../src/core/policy/parts.ts";
import { partsOfRequest, rearView } from "../../../../src/core/policy/rearView.ts";
import { stateOfRule } from "../../../../src/core/policy/ruleState.ts";
import { type Scope, scopesOf, whyNoRule, whyNoScope } from "../../../../src/core/policy/scopes.ts";
import { factsOf, type Request } from "../../../../src/core/request.ts";
import type { Action } from "../../../../src/protocol/action.ts";
import { requestLike } from "../../present/requestLike.ts";

const write = (path: string): Part => ({ tool: "file_write", paths: [path] });
const globs = (part: Part) => scopesOf(part, "/w").map(({ path }) => path);
const shell = (argv: string[], cwd = "/w"): Part => ({ tool: "shell_execute", argv, cwd });
const shape = (scope: Scope, more = {}) =>
	allowRule(allowSchema.parse({ id: "a", effect: "allow", ...scope, ...more }), "/w");

describe("what a rule could cover, the narrowest first", () => {
	test("of a file: itself, its folder's kind, that kind below, all below; never the whole workspace", () => {
		expect(globs(write("/w/docs/a.md"))).toEqual(["docs/a.md", "docs/*.md", "docs/**/*.md", "docs/**"]);
		expect(globs(write("/w/a.md"))).toEqual(["a.md", "*.md", "**/*.md"]);
		expect(globs(write("/w/Makefile"))).toEqual(["Makefile"]);
		expect(globs(write("/w/src/Makefile"))).toEqual(["src/Makefile", "src/**"]);
		expect(globs(write("/etc/cache/a"))).toEqual(["/etc/cache/a", "/etc/cache/**"]);
	});

	test("a name that no glob says to the letter is not offered by itself", () => {
		for (const name of ["[*]{a,b}.md", "(a).md", "a\\b.md"]) {
			expect(globs(write(`/w/docs/${name}`))).toEqual(["docs/*.md", "docs/**/*.md", "docs/**"]);
		}
	});

	test("of a renaming: both names, or the folder that they share", () => {
		const rename: Part = { tool: "file_rename", paths: ["/w/docs/a.md", "/w/docs/b.md"] };
		expect(globs(rename)).toEqual(["{docs/a.md,docs/b.md}", "docs/**"]);
		expect(globs({ tool: "file_rename", paths: ["/w/docs/a.md", "/w/src/b.md"] })).toEqual(["{docs/a.md,src/b.md}"]);
	});

	test("of a command, an address and an MCP call: exactly that", () => {
		expect(scopesOf(shell(["npm", "test"]), "/w")).toEqual([{ tool: "shell_execute", argv: ["npm", "test"] }]);
		expect(scopesOf(shell(["npm", "test"], "/w/a"), "/w")).toEqual([
			{ tool: "shell_execute", argv: ["npm", "test"], cwd: "a" },
		]);
		expect(scopesOf({ tool: "api_call", method: "GET", origin: "http://localhost:8080" }, "/w")).toEqual([
			{ tool: "api_call", scheme: "http", host: "localhost:8080", method: "GET" },
		]);
		const call = { tool: "mcp_call", server: "db", name: "query", arguments: { a: [1] } } as const;
		expect(scopesOf(call, "/w")).toEqual([call]);
	});

	test("what could not stand in a policy is not offered, and it is said why", () => {
		expect(scopesOf(shell(["sh", "x"]), "/w")).toEqual([]);
		expect(whyNoScope(shell(["sh", "x"]), "/w")).toContain("sh is an interpreter");
		expect(scopesOf(shell(["echo", "a b"]), "/w")).toEqual([]);
		expect(whyNoScope(shell(["echo", "a b"]), "/w")).toContain("plain words only");
		expect(whyNoScope(shell(["ls"], "/"), "/w")).toContain("outside of the workspace");
	});
});

function why(action: Action, more: Partial<Request> = {}, policy = "", plain?: string[][]): string | undefined {
	const request = requestLike(action, {}, more);
	const parsed = parsePolicy(policy, "/w");
	if ("errors" in parsed) throw new Error(JSON.stringify(parsed.errors));
	return whyNoRule(request, partsOf(action, factsOf(request), "/w", plain), parsed.policy);
}

test("what no rule could ever let pass is told with its reason", () => {
	const plan = requestLike({ tool: "file_read", path: "/w/a" }).plan;
	const high = { plan: { ...plan, tier: "high" as const, why: ["It lies outside."] } };
	expect(why({ tool: "file_write", path: "/w/a", content: "" })).toBeUndefined();
	expect(why({ tool: "file_write", path: "/w/a", content: "" }, high)).toMatch(/never let through by a rule. +It lies/);
	expect(why({ tool: "custom", name: "x", arguments: {} })).toContain("a person has to look each time");
	expect(why({ tool: "send_message", to: "x", text: "y" })).toContain("for a person to read");
	expect(why({ tool: "shell_execute", command: "curl 'x\\' | sh" })).toContain("more than plain words");
	expect(why({ tool: "shell_execute", command: "a || b" })).toContain("more than plain words");
	expect(why({ tool: "shell_execute", command: "echo $HOME" })).toContain("becomes another one");
	expect(why({ tool: "shell_execute", command: "echo > a" })).toContain("by < or >");
	expect(why({ tool: "shell_execute", argv: ["ls"], env: { A: "1" } })).toContain("sets variables");
	expect(why({ tool: "shell_execute", command: "npm test" }, {}, "", [["npm", "test"]])).toBeUndefined();
	expect(why({ tool: "api_call", method: "GET", url: "https://a@b.c/" })).toContain("more than one way");
	const strict = "rules: [{ id: no, effect: ask, tool: file_write, path: '**' }]";
	expect(why({ tool: "file_write", path: "/w/a", content: "" }, {}, strict)).toContain("The rule no asks");
	const refused = { plan: { ...plan, why: ["You refused a change of this file not long ago: no"] } };
	expect(why({ tool: "file_write", path: "/w/a", content: "" }, refused)).toBeUndefined();
});

test("the rear-view mirror counts what a rule covers in full, and what of it a person denied", () => {
	const past = (paths: string[], more: Partial<Request> = {}) => ({
		request: requestLike({ tool: "file_write", path: "/w/a", content: "" }, {}, { status: "approved", ...more }),
		parts: paths.map(write),
	});
	const denied = (via: string) => ({
		status: "denied" as const,
		decision: { status: "denied" as const, by: "li", via, time: "2026-01-01T00:00:00Z" },
	});
	const { plan } = past([]).request;
	const seen = [
		past(["/w/docs/a.md"]),
		past(["/w/docs/a.md"], denied("editor")),
		past(["/w/docs/a.md"], denied("policy")),
		past(["/w/docs/a.md", "/w/src/b.ts"]),
		past(["/w/docs/a.md", "/w/docs/b.md"], { status: "cancelled" }),
		past(["/w/docs/a.md"], { plan: { ...plan, tier: "high" } }),
		past([]),
		{ ...past([]), parts: undefined },
	];
	expect(rearView(shape({ tool: "file_write", path: "docs/**" }), seen)).toEqual({ passed: 4, denied: 1 });
	expect(rearView(shape({ tool: "file_write", path: "docs/b.md" }), seen)).toEqual({ passed: 0, denied: 0 });
});

test("a command is taken apart by whoever can read it; what nobody can read has no parts", async () => {
	const request = requestLike({ tool: "shell_execute", command: "npm test && npm run lint" });
	const plain = (command: string) => Promise.resolve(command.split(" && ").map((part) => part.split(" ")));
	expect(await partsOfRequest(request, plain)).toEqual([shell(["npm", "test"]), shell(["npm", "run", "lint"])]);
	expect(await partsOfRequest(request, () => Promise.resolve(undefined))).toBeUndefined();
});

test("a rule counts only while it is not paused, not over, of this folder and not used up", () => {
	const docs: Scope = { tool: "file_write", path: "docs/**" };
	const now = Date.parse("2026-11-25T12:00:00Z");
	const state = (more: object, used = 0) => stateOfRule(shape(docs, more), "/w", used, now);
	expect(state({})).toBe("live");
	expect(state({ paused: true, expires: "2026-01-01" })).toBe("paused");
	expect(state({ expires: "2026-11-25T12:00:00Z" })).toBe("expired");
	expect(state({ expires: "2026-11-25T12:00:01Z" })).toBe("live");
	expect(state({ workspace: "/other" })).toBe("elsewhere");
	expect(state({ workspace: "/w", times: 2 }, 1)).toBe("live");
	expect(state({ workspace: "/w", times: 2 }, 2)).toBe("used up");
});

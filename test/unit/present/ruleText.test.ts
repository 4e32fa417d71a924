import { expect, test } from "vitest";
import { allowRule, allowSchema } from "../../../src/core/policy/allowRules.ts";
import {
	coverText,
	limitText,
	momentText,
	reachText,
	rearViewText,
	standingText,
	strictText,
	toolText,
} from "../../../src/present/ruleText.ts";

const NOW = new Date(2026, 10, 25, 12, 0).getTime();
const rule = (more: object) => allowRule(allowSchema.parse({ id: "a", effect: "allow", ...more }), "/w");
const cover = (more: object) => coverText(rule(more).rule, "/w");

test("a rule says exactly what it covers, and where", () => {
	const docs = { tool: "file_write", path: "docs/**/*.md" };
	expect(cover({ ...docs, workspace: "/w" })).toBe("Write docs/**/*.md in this folder");
	expect(cover(docs)).toBe("Write docs/**/*.md in every folder");
	expect(cover({ ...docs, workspace: "/other" })).toBe("Write docs/**/*.md in /other");
	expect(cover({ tool: "file_delete", path: "/etc/cache/**" })).toBe("Delete /etc/cache/**, asked in every folder");
	const run = { tool: "shell_execute", argv: ["npm", "test"], workspace: "/w" };
	expect(cover(run)).toBe("Run `npm test` in this folder");
	expect(cover({ ...run, cwd: "packages/a" })).toBe("Run `npm test` in packages/a, this folder");
	const get = { tool: "api_call", scheme: "https", host: "api.github.com", method: "get" };
	expect(cover(get)).toBe("GET from https://api.github.com, asked in every folder");
	expect(cover({ tool: "mcp_call", server: "db", name: "query", arguments: { a: "$(x)" }, workspace: "/w" })).toBe(
		'Call db/query with exactly {"a":"$ (x)"}, asked in this folder',
	);
});

test("what wildcards come to is said in words", () => {
	const reach = ["docs/a.md", "docs/\\*.md", "docs/*.md", "docs/**/*.md", "docs/**"].map((path) =>
		reachText({ tool: "file_write", path }),
	);
	expect(reach).toEqual([
		"only this",
		"only this",
		"this kind of file, in that folder alone",
		"this kind of file, there and below",
		"everything in that folder and below",
	]);
	expect(reachText({ tool: "shell_execute", argv: ["ls"] })).toBe("exactly this");
});

test("a rule that asks or denies says what it is about", () => {
	const strict = (more: object) => strictText({ id: "a", effect: "deny", tool: "file_write", ...more });
	expect(strict({ path: "db/**", agent: "codex" })).toBe("Write db/**, when codex asks");
	expect(strict({ tool: "changes", path: "db/**" })).toBe("Change db/**");
	expect(strict({ tool: "shell_execute", argv: ["git", "push"] })).toBe("Run anything with `git push`");
	expect(strict({ tool: "api_call", host: "*.x.com" })).toBe("Call *.x.com");
	expect(strict({ tool: "api_call", method: "post" })).toBe("POST any address");
	expect(strict({ tool: "mcp_call", server: "db" })).toBe("Call db/any tool");
	expect(strict({ tool: "mcp_call" })).toBe("Call tools of MCP servers");
	expect(strict({ tool: "send_message", to: "all" })).toBe("Send messages to all");
	expect(strict({ tool: "custom", name: "deploy" })).toBe("Use deploy");
	expect(strict({})).toBe("Write files");
	expect(toolText("$(x)")).toBe("$ (x)");
});

test("how long it holds is said as a person would", () => {
	const docs = { tool: "file_write", path: "a", workspace: "/w" };
	expect(limitText(rule(docs), NOW)).toBe("no end");
	expect(limitText(rule({ ...docs, times: 1, expires: "2026-12-01" }), NOW)).toBe("once, until 1 Dec");
	expect(limitText(rule({ ...docs, times: 3, session: "0123456789abcdef" }), NOW)).toBe(
		"3 times, only in session 0123456789ab, no end",
	);
	expect(momentText(new Date(2026, 10, 25, 14, 5).getTime(), NOW)).toBe("14:05");
	expect(momentText(new Date(2026, 10, 26, 9, 5).getTime(), NOW)).toBe("26 Nov, 09:05");
	expect(momentText(new Date(2027, 0, 1).getTime(), NOW)).toBe("1 Jan 2027");
});

test("beside a rule stands how it was of use", () => {
	const docs = { tool: "file_write", path: "a", workspace: "/w" };
	const said = (more: object, state: Parameters<typeof standingText>[1], used = 3) =>
		standingText(rule({ ...docs, ...more }), state, { used, last: used ? NOW - 300_000 : undefined, now: NOW });
	expect(said({ expires: "2026-12-01" }, "live")).toBe("used 3 times, last 5 m ago · until 1 Dec");
	expect(said({}, "live", 0)).toBe("not used yet · no end");
	expect(said({ times: 1 }, "live", 0)).toBe("not used yet · once · no end");
	expect(said({ times: 1 }, "used up", 1)).toBe("used up · used once, last 5 m ago · no end");
	expect(said({ paused: true }, "paused")).toBe("paused · used 3 times, last 5 m ago · no end");
	expect(said({ expires: "2026-11-01" }, "expired")).toBe("expired · used 3 times, last 5 m ago");
	expect(said({ session: "abc" }, "live", 0)).toBe("not used yet · session abc · no end");
	expect(said({ workspace: "/x" }, "elsewhere")).toBe("another folder's · no end");
});

test("the rear-view mirror says what a person denied", () => {
	expect(rearViewText({ passed: 0, denied: 0 })).toContain("nothing like it");
	expect(rearViewText({ passed: 1, denied: 0 })).toContain("let pass 1 request, which you did not deny.");
	expect(rearViewText({ passed: 1, denied: 1 })).toContain("let pass 1 request, which you denied.");
	expect(rearViewText({ passed: 2, denied: 0 })).toContain("let pass 2 requests, none of which you denied.");
	expect(rearViewText({ passed: 12, denied: 2 })).toBe(
		"In this folder's history it would have let pass 12 requests, 2 of which you denied.",
	);
});

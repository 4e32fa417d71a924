import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Allow, allowSchema } from "../../../../src/core/policy/allowRules.ts";
import { DEFAULT_POLICY } from "../../../../src/core/policy/defaultPolicy.ts";
import { addRule, freshId, lineOfRule, removeRule, setPaused } from "../../../../src/core/policy/editPolicy.ts";
import { loosenings } from "../../../../src/core/policy/loosening.ts";
import { parsePolicy } from "../../../../src/core/policy/parsePolicy.ts";
import type { Policy } from "../../../../src/core/policy/policy.ts";

const DOCS: Allow = { id: "docs", effect: "allow", tool: "file_write", path: "docs/**/*.md", expires: "2027-01-31" };
const LINE = '{ id: docs, effect: allow, tool: file_write, path: "docs/**/*.md", expires: 2027-01-31 }';

function policyOf(text: string): Policy {
	const result = parsePolicy(text, "/ws");
	if ("errors" in result) throw new Error(`${JSON.stringify(result.errors)}\n${text}`);
	return result.policy;
}

const NO_FORCE = "{ id: no-force, effect: deny, tool: shell_execute, argv: [git, push, --force] }";
const BLOCK = `# mine
protect: ["/etc/**"] # keep
rules: # what else
  # the first
  - ${NO_FORCE} # never

  # the second
  - id: plans
    effect: ask
    tool: file_read
    path: "plans/**"
# the end
`;
const FLOW = `rules: [${NO_FORCE}, { id: plans, effect: ask, tool: file_read, path: "plans/**" }]\nfree: [file_read]\n`;
const MANY_LINES = `rules: [
  ${NO_FORCE}, # never
  # plans
  { id: plans, effect: ask, tool: file_read, path: "plans/**" }, # last
]
`;
const ARTICLE = `plugins:
  approval:
    enabled: true
    # these ask
    require_approval: [file_write]
    auto_approve_after: null
`;
const ARTICLE_RULES = `${ARTICLE}    rules:
    - ${NO_FORCE}
# the end
`;
const crlf = (text: string) => text.replaceAll("\n", "\r\n");

const TEXTS: Readonly<Record<string, string>> = {
	empty: "",
	"a comment alone": "# nothing yet\n",
	"a document mark": "---\n",
	"the default": DEFAULT_POLICY,
	"no line break at the end": "free: [file_read]",
	block: BLOCK,
	flow: FLOW,
	"flow on many lines": MANY_LINES,
	"an empty list": "rules: [] # none\nfree: [file_read]\n",
	"a flow map": "{ free: [file_read] }\n",
	"a flow map with rules": `{ free: [file_read], rules: [${NO_FORCE}] }\n`,
	article: ARTICLE,
	"article with rules": ARTICLE_RULES,
	"an end mark": "free: [file_read]\n...\n",
	"CRLF, block": crlf(BLOCK),
	"CRLF, flow": crlf(MANY_LINES),
	"CRLF, article": crlf(ARTICLE),
	"CRLF, default": crlf(DEFAULT_POLICY),
};

describe.each(Object.entries(TEXTS))("in a file of this form: %s", (_, text) => {
	test("a rule that is added is the last one, and every line of the person stays as it was", () => {
		const after = addRule(text, DOCS);
		expect(policyOf(after).allows.map(({ rule }) => rule)).toEqual([DOCS]);
		expect(loosenings(policyOf(text), policyOf(after))).toEqual(["the rule docs allows file_write"]);
		expect(policyOf(after).rules.map(({ id }) => id)).toEqual(policyOf(text).rules.map(({ id }) => id));
		for (const comment of text.match(/#[^\r\n]*/g) ?? []) expect(after).toContain(comment);
		if (text.includes("\r\n")) expect(after.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
	});

	test("it goes as it came: what is left says the same, comments too", () => {
		const after = removeRule(addRule(text, DOCS), "docs");
		expect(policyOf(after).allows).toEqual([]);
		expect(policyOf(after).rules.map(({ id }) => id)).toEqual(policyOf(text).rules.map(({ id }) => id));
		for (const comment of text.match(/#[^\r\n]*/g) ?? []) expect(after).toContain(comment);
	});

	test("it is paused and goes on, and nothing else is touched", () => {
		const before = addRule(text, DOCS);
		const paused = setPaused(before, "docs", true);
		expect(policyOf(paused).allows.map(({ rule }) => rule)).toEqual([{ ...DOCS, paused: true }]);
		expect(setPaused(paused, "docs", true)).toBe(paused);
		expect(setPaused(paused, "docs", false)).toBe(before);
	});
});

test("what is written is one line, where a person would write it", () => {
	expect(addRule("", DOCS)).toBe(`rules:\n  - ${LINE}\n`);
	expect(addRule(DEFAULT_POLICY, DOCS)).toBe(`${DEFAULT_POLICY}rules:\n  - ${LINE}\n`);
	expect(addRule(BLOCK, DOCS)).toBe(BLOCK.replace("# the end", `  - ${LINE}\n# the end`));
	expect(addRule(FLOW, DOCS)).toBe(FLOW.replace(" }]", ` }, ${LINE}]`));
	expect(addRule(ARTICLE, DOCS)).toBe(`${ARTICLE}    rules:\n      - ${LINE}\n`);
	expect(addRule(ARTICLE_RULES, DOCS)).toBe(ARTICLE_RULES.replace("# the end", `    - ${LINE}\n# the end`));
});

test("what is removed takes its own line along, and the last one leaves an empty list", () => {
	expect(removeRule(addRule(BLOCK, DOCS), "docs")).toBe(BLOCK);
	expect(removeRule(addRule(FLOW, DOCS), "docs")).toBe(FLOW);
	expect(removeRule(addRule(DEFAULT_POLICY, DOCS), "docs")).toBe(`${DEFAULT_POLICY}rules: []\n`);
	expect(removeRule(BLOCK, "plans")).toBe(BLOCK.replace(/ {2}- id: plans[^#]*/, ""));
	expect(removeRule(BLOCK, "nobody")).toBe(BLOCK);
	const first = removeRule(MANY_LINES, "no-force");
	expect(policyOf(first).rules.map(({ id }) => id)).toEqual(["plans"]);
	expect(first).toContain("# never");
});

test("a rule in block form is paused by a line of its own", () => {
	const text = "rules:\n  - id: a\n    effect: allow # yes\n    tool: file_write\n    path: b\n  # more\n";
	expect(setPaused(text, "a", true)).toBe(text.replace("path: b\n", "path: b\n    paused: true\n"));
	expect(setPaused(setPaused(text, "a", true), "a", false)).toBe(text);
	const first = "rules:\n  - paused: true\n    id: a\n    effect: allow\n    tool: file_write\n    path: b\n";
	expect(policyOf(setPaused(first, "a", false)).allows[0]?.rule).toEqual({
		id: "a",
		effect: "allow",
		tool: "file_write",
		path: "b",
	});
});

test("a rule's line is found, and a new name is one that nobody has or had", () => {
	expect(lineOfRule(BLOCK, "plans")).toBe(8);
	expect(lineOfRule(crlf(BLOCK), "no-force")).toBe(5);
	expect(lineOfRule(BLOCK, "nobody")).toBeUndefined();
	expect(freshId(BLOCK, "Plans")).toBe("plans-2");
	expect(freshId(BLOCK, "../docs/** *.md!")).toBe("docs-md");
	expect(freshId("", "…")).toBe("rule");
	expect(freshId("", "x".repeat(90))).toHaveLength(32);
	expect(freshId("", "docs", (id) => id === "docs" || id === "docs-2")).toBe("docs-3");
});

test("what is no YAML is not changed", () => {
	expect(() => addRule("rules: [", DOCS)).toThrow("The policy cannot be changed");
});

const word = fc.stringMatching(/^[a-z][a-z0-9.-]{0,8}$/);
const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)));
const limits = fc.record(
	{
		workspace: fc.string({ unit: "binary" }).map((text) => `/${text}`),
		session: fc.string({ unit: "binary", minLength: 1, maxLength: 40 }),
		expires: fc.constantFrom("2027-01-31", "2027-01-31T10:05Z", "2027-01-31T10:05+01:00"),
		paused: fc.constant(true as const),
	},
	{ requiredKeys: [] },
);
const scope = fc.oneof(
	fc.record({ tool: fc.constant("file_write" as const), path: fc.string({ unit: "binary", minLength: 1 }) }),
	fc.record({ tool: fc.constant("shell_execute" as const), argv: fc.array(word, { minLength: 1, maxLength: 4 }) }),
	fc.record({
		tool: fc.constant("mcp_call" as const),
		server: fc.string({ minLength: 1 }),
		name: word,
		arguments: fc.dictionary(fc.string(), json, { maxKeys: 3 }),
	}),
);
const rules = fc
	.tuple(scope, limits)
	.map(([what, limit]) => ({ id: "fresh-1", effect: "allow" as const, ...what, ...limit }))
	.filter((rule) => allowSchema.safeParse(rule).success);

test("whatever the rule: the file says exactly one more, and all else is equal", () => {
	fc.assert(
		fc.property(fc.constantFrom(...Object.values(TEXTS)), rules, (text, rule) => {
			const [before, after] = [policyOf(text), policyOf(addRule(text, rule))];
			expect(after.allows.map((allow) => allow.rule)).toEqual([...before.allows.map((allow) => allow.rule), rule]);
			const rest = ({ hash: _h, allows: _a, isProtected: _p, rules: others, ...same }: Policy) => ({
				...same,
				others: others.map(({ matches: _m, ...other }) => other),
			});
			expect(rest(after)).toEqual(rest(before));
		}),
		{ numRuns: 400 },
	);
});

test("a glob that says nothing is an error of its line, not of the whole policy", () => {
	const result = parsePolicy('rules:\n  - { id: a, effect: allow, tool: file_write, path: "./" }\n', "/ws");
	expect(result).toMatchObject({ errors: [{ line: 2 }] });
});

import { describe, expect, test } from "vitest";
import { sha256 } from "../../../../src/base/hash.ts";
import { DEFAULT_POLICY } from "../../../../src/core/policy/defaultPolicy.ts";
import { type PolicyError, parsePolicy } from "../../../../src/core/policy/parsePolicy.ts";
import { FREE_WORDS, type Policy } from "../../../../src/core/policy/policy.ts";
import { TOOL_WORDS } from "../../../../src/core/policy/ruleFields.ts";
import { worked } from "../../../support/worked.ts";

function good(text: string): Policy {
	const result = parsePolicy(text, "/ws");
	if ("errors" in result) throw new Error(JSON.stringify(result.errors, null, 1));
	return result.policy;
}

function bad(text: string): readonly PolicyError[] {
	const result = parsePolicy(text, "/ws");
	if ("policy" in result) throw new Error("taken as a policy");
	return result.errors;
}

const ARTICLE = `plugins:
  approval:
    enabled: true

    # These tools ALWAYS require human confirmation
    require_approval:
      - file_delete
      - file_write
      - send_message
      - api_call
      - shell_execute

    # Where to send approval requests
    channels:
      - telegram
      - discord

    # No auto-approval - explicit human action required
    auto_approve_after: null
`;
const FIVE = ["file_delete", "file_write", "send_message", "api_call", "shell_execute"];
/** The same keys, two levels up. */
const FLAT = ARTICLE.split("\n")
	.slice(2)
	.map((line) => line.slice(4))
	.join("\n");

describe("the article's policy loads as it stands", () => {
	test.each([
		["under plugins.approval", ARTICLE],
		["at the top level", FLAT],
		["with Windows line ends", ARTICLE.replaceAll("\n", "\r\n")],
		["with a byte order mark", `\ufeff${ARTICLE}`],
		[
			"as JSON",
			JSON.stringify({
				enabled: true,
				require_approval: FIVE,
				channels: ["telegram", "discord"],
				auto_approve_after: null,
			}),
		],
	])("%s", (_, text) => {
		const policy = good(text);
		expect([...policy.requireApproval]).toEqual(FIVE);
		expect(policy.channels).toEqual(["telegram", "discord"]);
		expect([...policy.free]).toEqual([...FREE_WORDS]);
		expect(policy.roots).toEqual([]);
		expect(policy.hash).toBe(sha256(text));
	});

	test("its second mistake is only a nuisance: what it names asks", () => {
		const policy = good("plugins:\n  approval:\n    require_approval: [file_read, file_write, log_write]\n");
		expect([...policy.requireApproval]).toEqual(["file_read", "file_write", "log_write"]);
	});

	test("its first mistake is refused, with what to do instead", () => {
		const text =
			'plugins:\n  approval:\n    enabled: true\n    require_approval:\n      - file_delete\n    auto_approve_during: ["deployment", "maintenance"]\n';
		expect(bad(text)).toEqual([
			{
				line: 6,
				message: "auto_approve_during is refused",
				remedy:
					"There is no bypass: a deployment is when approval is needed most. Remove the line; write a rule for what you really want to pass.",
			},
		]);
	});
});

describe("every key that a policy may have", () => {
	test("all at once", () => {
		const policy = good(`
enabled: true
require_approval: [${TOOL_WORDS.join(", ")}]
free: []
channels: [editor, terminal, telegram, discord]
auto_approve_after: ~
remind_after: [500ms, 30s, 1m, 2h, 1d]
expire_after: 8h
roots: [/etc/cache/, /srv]
protect: ["/etc/**", "**/production/**"]
`);
		expect([...policy.requireApproval]).toEqual([...TOOL_WORDS]);
		expect([...policy.free]).toEqual([]);
		expect(policy.channels).toEqual(["editor", "terminal", "telegram", "discord"]);
		expect(policy.roots).toEqual(["/etc/cache", "/srv"]);
		expect(policy.isProtected("/etc/hosts")).toBe(true);
		expect(policy.isProtected("/ws/a")).toBe(false);
	});

	test.each(["", "\n", "# only a remark\n", "---\n", "{}"])(
		"none at all: %j is a policy under which only reads and logging pass",
		(text) => {
			const policy = good(text);
			expect([...policy.requireApproval]).toEqual([]);
			expect([...policy.free]).toEqual(["file_read", "log_write"]);
		},
	);

	test("the file of the first start is a policy, and says nothing that it does not mean", () => {
		const policy = good(DEFAULT_POLICY);
		expect([...policy.requireApproval]).toEqual([
			...["file_write", "file_delete", "file_rename", "send_message", "api_call", "shell_execute", "mcp_call"],
		]);
		expect([...policy.free]).toEqual([...FREE_WORDS]);
		const uncommented = DEFAULT_POLICY.replace(/^# (roots|protect):/gm, "$1:");
		expect(good(uncommented).roots).toEqual(["/etc/cache"]);
	});
});

describe("what would loosen the gate, or mean nothing, is refused: line, what is wrong, what to write", () => {
	const RULE = /^A rule is \{ id: no-force-push/;
	const KEYS =
		/^The keys are: enabled, require_approval, free, channels, auto_approve_after, remind_after, expire_after, roots, protect, rules\.$/;
	const YAML = /^Write YAML: `key: value`/;
	const ROWS: readonly [what: string, text: string, line: number, message: RegExp, remedy: RegExp][] = [
		["the gate switched off", "enabled: false", 1, /^enabled: false is refused$/, /no switch that turns the gate off/],
		["the gate switched off, in an old way", "enabled: no", 1, /^enabled: "no" is refused$/, /no switch/],
		["the gate half on", "enabled: null", 1, /^enabled: null is refused$/, /no switch/],
		[
			"time approves",
			"\n\nauto_approve_after: 30",
			3,
			/^auto_approve_after: 30 is refused$/,
			/Time never approves anything. Write null/,
		],
		["time approves at once", "auto_approve_after: 0", 1, /: 0 is refused$/, /Time never approves/],
		["time approves, in words", "auto_approve_after: 8h", 1, /: "8h" is refused$/, /expire_after to deny/],
		["null in quotes", 'auto_approve_after: "null"', 1, /: "null" is refused$/, /Write null/],
		[
			"a bypass",
			"free: [file_read]\nauto_approve_during: [deployment]",
			2,
			/^auto_approve_during is refused$/,
			/There is no bypass/,
		],
		[
			"a rule that allows everything of a tool",
			"free: [file_read]\nrules:\n  - { id: a, effect: allow, tool: file_write }",
			3,
			/^the rule "a" is refused: path: a rule that allows file_write must say its path$/,
			/^A rule that allows is /,
		],
		["rules that are no list", "rules: { id: a }", 1, /is refused$/, RULE],
		["a rule that is no map", "rules: [shell_execute]", 1, /^the rule is refused/, RULE],
		["a rule without an id", "rules:\n - { effect: deny, tool: custom }", 2, /refused: id: /, RULE],
		[
			"an id that would not fit a log",
			'rules:\n - { id: "a b", effect: deny, tool: custom }',
			2,
			/letters, digits/,
			RULE,
		],
		["a rule without a tool", "rules:\n - { id: a, effect: deny }", 2, /"a" is refused: tool: /, RULE],
		["a rule of a tool that is none", "rules:\n - { id: a, effect: deny, tool: rm }", 2, /tool: /, RULE],
		["an effect that is none", "rules:\n - { id: a, effect: forbid, tool: custom }", 2, /effect: /, RULE],
		[
			"a key that its tool does not know",
			"rules:\n - { id: a, effect: deny, tool: custom, path: x }",
			2,
			/custom has no path/,
			RULE,
		],
		["a key that no tool knows", "rules:\n - { id: a, effect: deny, tool: custom, when: now }", 2, /when/, RULE],
		["an empty argv", "rules:\n - { id: a, effect: deny, tool: shell_execute, argv: [] }", 2, /argv: /, RULE],
		[
			"a number in argv",
			"rules:\n - { id: a, effect: deny, tool: shell_execute, argv: [kill, 9] }",
			2,
			/argv\.1: /,
			RULE,
		],
		[
			"a URL for a host",
			"rules:\n - { id: a, effect: deny, tool: api_call, host: 'https://x.y' }",
			2,
			/host: a host name/,
			RULE,
		],
		[
			"a glob at home in a rule",
			'rules:\n - { id: a, effect: deny, tool: file_write, path: "~/x" }',
			2,
			/path: a glob/,
			RULE,
		],
		[
			"a reason that is an essay",
			`rules:\n - { id: a, effect: deny, tool: custom, reason: ${"x".repeat(501)} }`,
			2,
			/reason: /,
			RULE,
		],
		[
			"two rules of one name",
			"rules:\n - { id: a, effect: deny, tool: custom }\n - { id: a, effect: ask, tool: custom }",
			3,
			/there twice$/,
			/of its own/,
		],
		[
			"a free write",
			"free: [file_read, file_write]",
			1,
			/^free: \["file_read","file_write"\] is refused$/,
			/Only file_read and log_write may be free/,
		],
		["everything free", 'free: "*"', 1, /^free: "\*" is refused$/, /Only file_read/],
		["free without a list", "free: file_read", 1, /^free: "file_read" is refused$/, /Only file_read/],
		[
			"a tool that is not known",
			"require_approval: [file_append]",
			1,
			/is refused$/,
			/^Write a list of: file_write, file_delete, /,
		],
		["no tool at all", "require_approval:", 1, /^require_approval: null is refused$/, /^Write a list of/],
		["tools as a map", "require_approval: { file_write: true }", 1, /is refused$/, /^Write a list of/],
		[
			"a channel that is not known",
			"channels: [email]",
			1,
			/^channels: \["email"\] is refused$/,
			/editor, terminal, telegram, discord/,
		],
		["a reminder without a unit", "remind_after: [5]", 1, /^remind_after: \[5\] is refused$/, /\[1m, 5m, 15m\]/],
		["one reminder without a list", "remind_after: 5m", 1, /is refused$/, /list of durations/],
		["an expiry without a unit", "expire_after: 8", 1, /is refused$/, /denied, for example 8h/],
		["an expiry before now", "expire_after: -8h", 1, /is refused$/, /denied, for example 8h/],
		["a relative root", "roots: [cache]", 1, /is refused$/, /absolute folders/],
		["a root at home", 'roots: ["~/cache"]', 1, /is refused$/, /absolute folders/],
		["a glob at home, which would never match", 'protect: ["~/secrets/**"]', 1, /is refused$/, /list of globs/],
		["a glob that is negated, which would match nothing", 'protect: ["!docs/**"]', 1, /is refused$/, /list of globs/],
		["a glob out of the folder", 'protect: ["../x/**"]', 1, /is refused$/, /list of globs/],
		["a glob that a long name makes slow", 'protect: ["*a*a*a*b"]', 1, /is refused$/, /at most two/],
		["a pattern in a pattern", 'protect: ["+(a|+(b))"]', 1, /is refused$/, /list of globs/],
		["an empty glob", 'protect: [""]', 1, /is refused$/, /list of globs/],
		["one glob without a list", "protect: /etc/**", 1, /is refused$/, /list of globs/],
		["a key of the future", "\nallow: [shell_execute]", 2, /^unknown key "allow"$/, KEYS],
		["a key of another case", "Enabled: true", 1, /^unknown key "Enabled"$/, KEYS],
		["a key with a dash", "require-approval: [file_write]", 1, /^unknown key "require-approval"$/, KEYS],
		["a key of Object.prototype", "toString: 1", 1, /^unknown key "toString"$/, KEYS],
		[
			"a key of Object.prototype that is worse",
			"__proto__: { free: [shell_execute] }",
			1,
			/^unknown key "__proto__"$/,
			KEYS,
		],
		["a merge", "base: &a { free: [file_read] }\n<<: *a", 1, /^unknown key "base"$/, KEYS],
		["a key that is a list", "? [free]\n: [file_read]", 1, /^unknown key "\?"$/, KEYS],
		["a key twice", "free: []\nfree: [file_read]", 2, /unique/i, YAML],
		["a key twice, once in quotes", 'free: []\n"free": [file_read]', 2, /unique/i, YAML],
		[
			"a key twice under plugins.approval",
			"plugins:\n  approval:\n    free: []\n    free: [file_read]",
			4,
			/unique/i,
			YAML,
		],
		["plugins twice", "plugins:\n  approval: {}\nplugins:\n  approval: {}", 3, /unique/i, YAML],
		["a list", "- file_write", 1, /^the file is not a map of keys$/, /^Write `require_approval:/],
		["a word", "deny", 1, /not a map/, /^Write/],
		["a number", "1", 1, /not a map/, /^Write/],
		["HTML", "<html><body>404</body></html>", 1, /not a map/, /^Write/],
		["two documents", "enabled: true\n---\nenabled: true", 2, /multiple documents/, YAML],
		["a tab", "free:\n\t- file_read", 2, /tab/i, YAML],
		["a tab between", "plugins:\n\tapproval:\n\t\tenabled: true", 2, /tab/i, YAML],
		["a bracket that does not close", "free: [file_read\nenabled: true", 2, /./, YAML],
		["a quote that does not close", 'protect: ["/etc', 1, /quote/, YAML],
		["half a key", "require_approval", 1, /./, /./],
		["wrong indentation", "free:\n    - file_read\n  - log_write", 3, /./, YAML],
		["control characters", "free: [\u0000]", 1, /./, /./],
		[
			"a key beside plugins",
			"plugins:\n  approval: {}\nfree: [file_read]",
			3,
			/stands beside plugins/,
			/every key at the top level/,
		],
		["plugins as a list", "plugins: [approval]", 1, /plugins is not a map/, /below it, `approval:`/],
		["plugins without approval", "plugins: {}", 1, /no approval block/, /^Write `approval:`/],
		["approval that is a word", "plugins:\n  approval: true", 1, /no approval block/, /^Write `approval:`/],
		["another plugin", "plugins:\n  approval: {}\n  other: {}", 3, /only approval is read/, /Remove the other key/],
		[
			"an unknown key under plugins.approval",
			"plugins:\n  approval:\n    enabled: true\n    mode: fast",
			4,
			/^unknown key "mode"$/,
			KEYS,
		],
		["an alias to nothing", "free: *nothing", 1, /./, /./],
		["an alias", "free: &a [file_read]\nrequire_approval: *a", 2, /./, /./],
		["a tag that makes another thing of it", "free: !!set { shell_execute }", 1, /is refused$/, /Only file_read/],
	];
	test.each(ROWS)("%s", (_, text, line, message, remedy) => {
		const [error] = bad(text);
		expect(error).toEqual({ line, message: expect.stringMatching(message), remedy: expect.stringMatching(remedy) });
	});

	test("all that is wrong is said at once, each with its line", () => {
		const errors = bad("enabled: false\nfree: [file_read]\nauto_approve_after: 30\nrules: 1\nmode: x");
		expect(errors.map(({ line, message }) => `${line} ${message.split(/[: ]/)[0]}`)).toEqual([
			"1 enabled",
			"3 auto_approve_after",
			"4 rules",
			"5 unknown",
		]);
	});

	test("one wrong key makes the whole file wrong: half a policy is none", () => {
		expect(bad("require_approval: [file_write]\nfree: [file_read]\nmode: fast")).toHaveLength(1);
	});
});

describe("a file that is made to hurt is refused quickly", () => {
	const bomb = [
		"a: &a [x,x,x,x,x,x,x,x,x]",
		..."bcdefghijk".split("").map((name, index) => {
			const before = "abcdefghij"[index];
			return `${name}: &${name} [${Array(9).fill(`*${before}`).join()}]`;
		}),
	];
	test.each([
		["a bomb of aliases", bomb.join("\n")],
		["a bomb of aliases in a key that is known", `${bomb.join("\n")}\nfree: *k`],
		["an alias to itself", "free: &a [*a]"],
		["20,000 brackets", `free: ${"[".repeat(20_000)}`],
		["20,000 closed brackets", `free: ${"[".repeat(20_000)}${"]".repeat(20_000)}`],
		["20,000 braces", "{a: ".repeat(20_000)],
		["20,000 levels of indentation", Array.from({ length: 2000 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")],
		["a million of words", `free: [${"file_write, ".repeat(100_000)}file_read]`],
		["a long word", `mode: ${"x".repeat(1_000_000)}`],
	])("%s", (_, text) => {
		const from = worked();
		const errors = bad(text);
		expect(worked() - from).toBeLessThan(5000);
		expect(errors.length).toBeGreaterThan(0);
		for (const error of errors.slice(0, 20)) {
			expect(error.message.length).toBeLessThan(300);
			expect(error.remedy).not.toBe("");
		}
	});
});

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { allowance } from "../../../../src/core/policy/allowance.ts";
import { evaluate } from "../../../../src/core/policy/evaluate.ts";
import { loosenings } from "../../../../src/core/policy/loosening.ts";
import { parsePolicy } from "../../../../src/core/policy/parsePolicy.ts";
import { partsOf } from "../../../../src/core/policy/parts.ts";
import type { Policy } from "../../../../src/core/policy/policy.ts";
import { tightest, whileWaiting } from "../../../../src/core/policy/tightest.ts";
import type { PathFacts } from "../../../../src/core/ports.ts";
import type { Action } from "../../../../src/protocol/action.ts";
import { makePlace } from "../../../support/gateProcess.ts";
import { openTestGate } from "../../../support/openGate.ts";

const PLACE = { folder: "/ws", home: "/home/u/.countersign" };
const NOW = Date.parse("2030-01-01T00:00:00Z");

/** Few words, so that what is asked and what is ruled meet often. */
const globs = fc.constantFrom(
	"**",
	"*",
	"a/**",
	"a/*",
	"a/x",
	"b/**",
	"**/x",
	"/ws/a/*",
	"/out/**",
	"{a,b}/*",
	"a/.env",
);
const words = fc.constantFrom("make", "test", "git");
const narrow = fc.oneof(
	{ weight: 3, arbitrary: fc.constant({}) },
	fc.record({ session: fc.constantFrom("s1", "s2") }),
	fc.record({ expires: fc.constantFrom("2029-01-01", "2030-06-01", "2032-01-01") }),
	fc.record({ paused: fc.constant(true as const) }),
	fc.record({ workspace: fc.constantFrom("/ws", "/other") }),
);
const counted = fc.oneof(
	fc.constant({}),
	fc.record({ times: fc.integer({ min: 1, max: 3 }), workspace: fc.constant("/ws") }),
);
const scope = fc.oneof(
	fc.record({ tool: fc.constantFrom("file_read", "file_write", "file_delete", "file_rename"), path: globs }),
	fc.record({ tool: fc.constant("shell_execute"), argv: fc.array(words, { minLength: 1, maxLength: 2 }) }),
	fc.record({
		tool: fc.constant("api_call"),
		scheme: fc.constantFrom("http", "https"),
		host: fc.constantFrom("a.example", "b.example:8080"),
		method: fc.constantFrom("GET", "POST"),
	}),
	fc.record({
		tool: fc.constant("mcp_call"),
		server: fc.constantFrom("s", "t"),
		name: fc.constant("n"),
		arguments: fc.constantFrom({}, { a: 1 }),
	}),
);
const id = fc.constantFrom("r1", "r2", "r3", "r4", "r5");
const allowRule = fc
	.tuple(id, scope, narrow, counted)
	.map(([id, what, when, times]) => ({ id, effect: "allow", ...what, ...when, ...times }));
const tightRule = fc.record({
	id,
	effect: fc.constantFrom("deny", "ask"),
	tool: fc.constantFrom("file_read", "file_write", "file_delete", "shell_execute", "api_call", "changes", "log_write"),
});
const written = fc.record(
	{
		free: fc.subarray(["file_read", "log_write"]),
		require_approval: fc.subarray(["file_read", "file_write", "shell_execute", "changes", "log_write"]),
		roots: fc.subarray(["/out", "/etc"]),
		protect: fc.subarray(["b/**", "/out/x"]),
		channels: fc.subarray(["editor", "telegram"]),
		expire_after: fc.constantFrom(null, "1h"),
		rules: fc.uniqueArray(fc.oneof(allowRule, tightRule), { maxLength: 5, selector: (rule) => rule.id }),
	},
	{ requiredKeys: ["rules"] },
);
type RuleText = Readonly<Record<string, unknown>> & { readonly id: string };
type Written = { readonly [key: string]: unknown; readonly rules: readonly RuleText[] };

/** One thing that a person or an agent changes in a policy. */
const touch = fc.oneof(
	fc
		.tuple(
			fc.constantFrom("free", "require_approval", "roots", "roots", "roots", "protect", "channels", "expire_after"),
			written,
		)
		.map(
			([key, other]) =>
				(policy: Written): Written => ({ ...policy, [key]: (other as Written)[key] }),
		),
	fc.nat(4).map(
		(which) =>
			(policy: Written): Written => ({ ...policy, rules: policy.rules.filter((_, at) => at !== which) }),
	),
	fc.oneof(allowRule, tightRule).map(
		(rule) =>
			(policy: Written): Written => ({
				...policy,
				rules: [...policy.rules.filter(({ id }) => id !== rule.id), rule],
			}),
	),
	fc
		.tuple(
			fc.nat(4),
			fc.oneof(narrow, counted, fc.record({ effect: fc.constantFrom("ask", "deny") }), fc.record({ id })),
		)
		.map(
			([which, more]) =>
				(policy: Written): Written => ({
					...policy,
					rules: policy.rules.map((rule, at) => (at === which ? { ...rule, ...more } : rule)),
				}),
		),
	fc.tuple(fc.nat(4), fc.constantFrom("paused", "expires", "times", "session")).map(
		([which, key]) =>
			(policy: Written): Written => ({
				...policy,
				rules: policy.rules.map((rule, at) => {
					const { [key]: _, ...rest } = rule;
					return at === which ? (rest as RuleText) : rule;
				}),
			}),
	),
);
/** A policy, and the same with a few things changed. */
const changed = fc
	.tuple(written, fc.array(touch, { minLength: 1, maxLength: 3 }))
	.map(([base, touches]): [Written, Written] => [
		base,
		touches.reduce((policy, touch) => touch(policy), base as Written),
	]);

function policyOf(value: object): Policy | undefined {
	const found = parsePolicy(JSON.stringify(value), PLACE.folder);
	return "policy" in found ? found.policy : undefined;
}

const path = fc.constantFrom("a/x", "a/y", "b/x", "x", "a/.env", ".vscode/x", "/out/x", "/out/z/y", "/etc/x");
const file = fc.constantFrom("file_read" as const, "file_write" as const, "file_delete" as const);
const part = fc
	.tuple(file, path)
	.map(([tool, path]) => (tool === "file_write" ? { tool, path, content: "x" } : { tool, path }) as Action);
const action: fc.Arbitrary<Action> = fc.oneof(
	part,
	part,
	fc.tuple(path, path).map(([from, to]): Action => ({ tool: "file_rename", from, to })),
	fc
		.array(part, { minLength: 1, maxLength: 3 })
		.map((parts) => ({ tool: "changes", changes: parts.filter(({ tool }) => tool !== "file_read") }) as Action),
	fc.array(words, { minLength: 1, maxLength: 2 }).map((argv): Action => ({ tool: "shell_execute", argv })),
	fc
		.tuple(
			fc.constantFrom("GET", "POST"),
			fc.constantFrom("https://a.example/", "http://a.example", "https://b.example:8080/"),
		)
		.map(([method, url]): Action => ({ tool: "api_call", method, url })),
	fc.constantFrom<Action>(
		{ tool: "mcp_call", server: "s", name: "n", arguments: {} },
		{ tool: "mcp_call", server: "t", name: "n", arguments: { a: 1 } },
	),
	fc.constant<Action>({ tool: "log_write", text: "" }),
);

function factsOf(action: Action, links: boolean): PathFacts[] {
	const names =
		action.tool === "changes"
			? action.changes.flatMap((one) => factsOf(one, links).map(({ given }) => given))
			: "path" in action
				? [action.path]
				: action.tool === "file_rename"
					? [action.from, action.to]
					: [];
	return names.map((given, at) => {
		const lexical = given.startsWith("/") ? given : `/ws/${given}`;
		const canonical = links && given === "a/y" ? "/ws/b/x" : lexical;
		const kind = action.tool === "file_rename" && at === 1 ? ("missing" as const) : ("file" as const);
		return { given, lexical, canonical, kind, dev: 1, ino: 1, mode: 0o644, nlink: 1, size: 1, parents: "" };
	});
}

interface Asked {
	readonly action: Action;
	readonly session: string;
	readonly now: number;
	readonly uses: Readonly<Record<string, number>>;
	readonly links: boolean;
}
const asked: fc.Arbitrary<Asked> = fc.record({
	action,
	session: fc.constantFrom("s1", "s2", "s3"),
	now: fc.constantFrom(NOW, NOW + 400 * 86_400_000),
	uses: fc.dictionary(id, fc.nat(2), { maxKeys: 2 }),
	links: fc.boolean(),
});

const PATHS: Readonly<Record<string, string>> = {
	"b/**": "b/x",
	"**/x": "x",
	"*": "x",
	"/out/**": "/out/z/y",
	"a/.env": "a/.env",
};

const isFree = ({ action: { tool } }: Asked) => tool === "file_read" || tool === "log_write";

/** Whether a policy denies it, or has it asked by a rule or by its tool. */
function isHeldBy(policy: Policy, { action, links }: Asked): boolean {
	const { effect, ruleId } = evaluate(action, factsOf(action, links), policy, PLACE);
	return effect === "deny" || (effect === "ask" && ruleId !== null) || policy.requireApproval.has(action.tool);
}

/** A request that a rule of one of the policies is about: by chance alone they seldom meet. */
function aimed(ask: Asked, policies: readonly Policy[], which: number): Asked {
	const rules = policies.flatMap(({ allows }) => allows);
	const rule = rules[which % Math.max(1, rules.length)]?.rule;
	if (!rule) return ask;
	const path = PATHS[rule.path ?? ""] ?? "a/x";
	const { tool, argv = [], method = "GET", scheme, host, server = "", name = "", arguments: given = {} } = rule;
	const actions: Record<typeof tool, Action> = {
		file_read: { tool: "file_read", path },
		file_write: { tool: "file_write", path, content: "x" },
		file_delete: { tool: "file_delete", path },
		file_rename: { tool: "file_rename", from: path, to: path },
		shell_execute: { tool: "shell_execute", argv },
		api_call: { tool: "api_call", method, url: `${scheme}://${host}/` },
		mcp_call: { tool: "mcp_call", server, name, arguments: given },
	};
	return { ...ask, action: actions[tool], session: rule.session ?? ask.session };
}

/** As the gate does it: what is plainly normal and nobody's rule asks may pass by a rule. */
function passes(policy: Policy, { action, session, now, uses, links }: Asked): boolean {
	const paths = factsOf(action, links);
	const { effect, tier, ruleId, why } = evaluate(action, paths, policy, PLACE);
	if (effect === "allow") return true;
	if (
		effect === "deny" ||
		tier !== "normal" ||
		ruleId !== null ||
		why.length > 0 ||
		policy.alwaysAsks?.has(action.tool)
	)
		return false;
	const parts = partsOf(action, paths, PLACE.folder, undefined);
	return parts !== undefined && allowance(policy, parts, session, now, (rule) => uses[rule] ?? 0) !== undefined;
}

test("a change that loosens nothing lets nothing more pass", () => {
	let [tighter, passed] = [0, 0];
	fc.assert(
		fc.property(changed, fc.array(asked, { minLength: 20, maxLength: 20 }), ([one, other], asks) => {
			const [before, after] = [policyOf(one), policyOf(other)];
			if (!before || !after || loosenings(before, after).length > 0) return;
			tighter++;
			const aims = asks.map((ask, at) => (at % 2 ? ask : aimed(ask, [before, after], at)));
			for (const ask of aims.filter((ask) => passes(after, ask))) {
				if (!isFree(ask)) passed++;
				expect(passes(before, ask), JSON.stringify({ one, other, ask })).toBe(true);
			}
		}),
		{ numRuns: 4000, seed: 7 },
	);
	expect(Math.min(tighter, passed)).toBeGreaterThan(500);
});

test("a root more is looser", () => {
	const [none, one] = [parsePolicy("", "/ws"), parsePolicy("roots: [/out]", "/ws")];
	if (!("policy" in none && "policy" in one)) throw new Error("They are policies.");
	expect(loosenings(none.policy, one.policy)).toEqual(["/out counts as the workspace"]);
	expect(loosenings(one.policy, none.policy)).toEqual([]);
});

test("of policies that hold together none lets pass what the first does not, nor what another one denies or asks", () => {
	let passed = 0;
	fc.assert(
		fc.property(written, written, fc.array(asked, { minLength: 20, maxLength: 20 }), (one, other, asks) => {
			const first = policyOf(one);
			const more = policyOf({ ...other, rules: other.rules.filter(({ effect }) => effect !== "allow") });
			if (!first || !more) return;
			const [both, waiting] = [tightest(first, more), whileWaiting(first, more)];
			const aims = asks.map((ask, at) => (at % 2 ? ask : aimed(ask, [first], at)));
			for (const ask of aims.filter((ask) => passes(waiting, ask))) {
				expect([passes(first, ask), passes(more, ask)]).toEqual([true, true]);
			}
			for (const ask of aims.filter((ask) => passes(both, ask))) {
				if (!isFree(ask)) passed++;
				expect(passes(first, ask)).toBe(true);
				expect(isHeldBy(more, ask)).toBe(false);
			}
		}),
		{ numRuns: 1500, seed: 8 },
	);
	expect(passed).toBeGreaterThan(300);
});

const LOOSE =
	'free: [file_read, log_write]\nroots: ["/"]\nrules:\n  - { id: all, effect: allow, tool: file_write, path: "**" }\n';
/** What a repository may put into a file of its own. */
const text = fc.oneof(
	fc.constantFrom(
		LOOSE,
		LOOSE.split("\n").slice(2).join("\n"),
		"free: [file_read, log_write]",
		"require_approval: []",
		"protect: []",
		"enabled: false",
		"auto_approve_after: 1",
		"%YAML 1.1\n---\nfree: !!set {file_write}",
		'{"countersign.policy": "/tmp/x", "countersign.autoApprove": true, "chat.tools.autoApprove": true}',
		'{"countersign.input.quietMs": 0, "countersign.notify.when": "never"}',
	),
	fc.string({ unit: "binary", maxLength: 200 }),
	written.map((value) => JSON.stringify(value)),
	fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
);
const ASKS: readonly Action[] = [
	{ tool: "file_write", path: "docs/a.md", content: "x" },
	{ tool: "file_write", path: "src/a.ts", content: "x" },
	{ tool: "file_write", path: ".env", content: "x" },
	{ tool: "file_write", path: "infra/x", content: "x" },
	{ tool: "file_write", path: "db/x", content: "x" },
	{ tool: "file_delete", path: "docs/a.md" },
	{ tool: "file_read", path: "src/a.ts" },
	{ tool: "file_read", path: ".env" },
	{ tool: "log_write", text: "x" },
	{ tool: "shell_execute", argv: ["make"] },
	{ tool: "shell_execute", argv: ["make", "deploy"] },
];

test("nothing that a workspace holds lets more pass than without it", async () => {
	const policy =
		'free: [log_write]\nprotect: ["infra/**"]\nrules:\n  - { id: docs, effect: allow, tool: file_write, path: "docs/**" }\n  - { id: make, effect: allow, tool: shell_execute, argv: [make] }\n  - { id: db, effect: deny, tool: file_write, path: "db/**" }\n';
	const place = makePlace({ "docs/a.md": "a", "src/a.ts": "a", ".env": "k" }, policy);
	let key = 0;
	const ORDER = ["denied", "protected", "high", "normal", "approved", "passed"];
	/** What becomes of each; the further on in the order, the more is let through. */
	const outcomes = async () => {
		const { gate, policy, close } = await openTestGate(place);
		const found: number[] = [];
		for (const action of ASKS) {
			const submission = await gate.submit(
				{ agent: "a", session: "s" },
				{ key: String(++key), action, apply: "agent" },
			);
			const request = submission.kind === "asked" ? submission.request : undefined;
			found.push(
				ORDER.indexOf(
					request === undefined ? "passed" : request.status === "waiting" ? request.plan.tier : request.status,
				),
			);
			if (request?.status === "waiting") await gate.cancel(request.id);
		}
		await policy.refresh();
		await close();
		return found;
	};
	const without = await outcomes();
	expect(without.map((at) => ORDER[at])).toContain("approved");
	const names = [
		".countersign/policy.yaml",
		".vscode/settings.json",
		".countersign/approve.json",
		".countersign/policy.last-good.yaml",
		"policy.yaml",
	];
	await fc.assert(
		fc.asyncProperty(fc.constantFrom(...names), text, async (name, content) => {
			const path = join(place.workspace, name);
			mkdirSync(dirname(path), { recursive: true });
			writeFileSync(path, content);
			const found = await outcomes();
			rmSync(path);
			const more = found.map((at, which) => [at, without[which] ?? 0] as const).filter(([now, before]) => now > before);
			expect(more).toEqual([]);
		}),
		{ numRuns: 40, seed: 9 },
	);
});

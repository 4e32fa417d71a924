import { describe, expect, test } from "vitest";
import { discoverySchema, httpSubmitSchema, LIMITS, methodSchemas } from "../../../src/protocol/messages.ts";
import { PROBLEMS, Problem, type ProblemCode } from "../../../src/protocol/problem.ts";

const ID = "0123456789abcdef0123456789abcdef";
const ACTION = { tool: "log_write", text: "" };

test("an agent has five verbs, and none of them decides", () => {
	expect(Object.keys(methodSchemas)).toEqual([
		"initialize",
		"request/submit",
		"request/wait",
		"request/cancel",
		"request/report",
	]);
});

const GOOD: readonly [keyof typeof methodSchemas, object][] = [
	["initialize", { protocolVersion: 1, agent: { name: "a" } }],
	["initialize", { protocolVersion: 1, agent: { name: "a", version: "" }, session: { id: "" }, workspace: "/ws" }],
	["request/submit", { key: "k", action: ACTION }],
	["request/submit", { key: "k", action: ACTION, intent: "", waitMs: 0, apply: "agent" }],
	["request/submit", { key: "k".repeat(500), action: ACTION, waitMs: 2_147_483_647, apply: "gate" }],
	["request/wait", { id: ID }],
	["request/cancel", { id: ID, reason: "" }],
	["request/report", { id: ID, outcome: "executed", detail: "", sha256: "a".repeat(64) }],
];
test.each(GOOD.map(([method, params]) => [method, JSON.stringify(params).slice(0, 80), params] as const))(
	"%s takes %s",
	(method, _, params) => {
		expect(methodSchemas[method].parse(params)).toEqual(params);
	},
);

describe("what a method does not name it refuses", () => {
	const ROWS: readonly [keyof typeof methodSchemas, string, object][] = [
		["initialize", "another version", { protocolVersion: 2, agent: { name: "a" } }],
		["initialize", "a version in quotes", { protocolVersion: "1", agent: { name: "a" } }],
		["initialize", "no agent", { protocolVersion: 1 }],
		["initialize", "an agent without a name", { protocolVersion: 1, agent: { name: "" } }],
		["initialize", "a name of 201 characters", { protocolVersion: 1, agent: { name: "a".repeat(201) } }],
		["initialize", "a role", { protocolVersion: 1, agent: { name: "a" }, role: "reviewer" }],
		["initialize", "a role of the agent", { protocolVersion: 1, agent: { name: "a", role: "reviewer" } }],
		["initialize", "scopes", { protocolVersion: 1, agent: { name: "a" }, scopes: ["decide"] }],
		[
			"initialize",
			"scopes of the session",
			{ protocolVersion: 1, agent: { name: "a" }, session: { id: "s", scopes: [] } },
		],
		["request/submit", "no key", { action: ACTION }],
		["request/submit", "an empty key", { key: "", action: ACTION }],
		["request/submit", "a key of 501 characters", { key: "k".repeat(501), action: ACTION }],
		["request/submit", "a time before now", { key: "k", action: ACTION, waitMs: -1 }],
		["request/submit", "half a millisecond", { key: "k", action: ACTION, waitMs: 0.5 }],
		["request/submit", "a time that a timer would cut", { key: "k", action: ACTION, waitMs: 2_147_483_648 }],
		["request/submit", "another way to apply", { key: "k", action: ACTION, apply: "none" }],
		["request/submit", "an approval of its own", { key: "k", action: ACTION, approved: true }],
		["request/submit", "takesEdits, which is for adapters", { key: "k", action: ACTION, takesEdits: false }],
		["request/submit", "an agent by the way", { key: "k", action: ACTION, agent: { name: "other" } }],
		["request/wait", "an id in capitals", { id: ID.toUpperCase() }],
		["request/wait", "a part of an id", { id: ID.slice(1) }],
		["request/cancel", "an id with a line break", { id: `${ID}\n` }],
		["request/cancel", "a decision", { id: ID, decision: "approved" }],
		["request/report", "an outcome that only the gate says", { id: ID, outcome: "differs" }],
		["request/report", "no outcome", { id: ID }],
	];
	test.each(ROWS)("%s with %s", (method, _, params) => {
		expect(methodSchemas[method].safeParse(params).success).toBe(false);
	});
});

test("over HTTP the same body also says who asks, and still nothing else", () => {
	const body = { agent: { name: "a" }, key: "k", action: ACTION };
	expect(httpSubmitSchema.parse(body)).toEqual(body);
	expect(httpSubmitSchema.safeParse({ key: "k", action: ACTION }).success).toBe(false);
	for (const extra of [{ approved: true }, { role: "reviewer" }, { scopes: [] }, { token: "t" }]) {
		expect(httpSubmitSchema.safeParse({ ...body, ...extra }).success).toBe(false);
	}
});

test("the limits are 4, 32 and 128 MiB", () => {
	const MiB = 1024 * 1024;
	expect(LIMITS).toEqual({ message: 4 * MiB, hook: 32 * MiB, blob: 128 * MiB });
});

test("a discovery file of a later gate, with more in it, can still be read", () => {
	const discovery = {
		protocolVersion: 1,
		pid: 1,
		startTime: "1",
		workspace: "/ws",
		folders: ["/ws"],
		url: null,
		socket: "/s",
		token: "t",
		owner: "serve",
	};
	expect(discoverySchema.parse({ ...discovery, later: 1 })).toEqual(discovery);
	expect(discoverySchema.safeParse({ ...discovery, protocolVersion: 2 }).success).toBe(false);
	expect(discoverySchema.safeParse({ ...discovery, owner: "agent" }).success).toBe(false);
});

test("every refusal has the HTTP status of an error", () => {
	for (const code of Object.keys(PROBLEMS) as ProblemCode[]) {
		const problem = new Problem(code, "Why.");
		expect(problem.status).toBeGreaterThanOrEqual(400);
		expect(problem).toMatchObject({ code, message: "Why.", status: PROBLEMS[code] });
	}
});

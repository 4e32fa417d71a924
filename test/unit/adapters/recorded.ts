import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import type { Json } from "../../../src/base/canonicalJson.ts";
import type { AskEvent, HookAdapter } from "../../../src/core/hookAdapter.ts";
import { actionSchema } from "../../../src/protocol/action.ts";
import type { RequestState } from "../../../src/protocol/messages.ts";

/** Payloads as an agent sent them, and what each one means. */
export interface Recorded {
	read(name: string): Record<string, Json>;
	/** One test a payload: every one must be in the table, and mean what it says. */
	testAll(adapter: HookAdapter, table: Readonly<Record<string, object>>): void;
}

export function recordedOf(folder: string): Recorded {
	const fixtures = resolve("test/fixtures/agents", folder);
	const read = (name: string) => JSON.parse(readFileSync(join(fixtures, `${name}.json`), "utf8"));
	return {
		read,
		testAll(adapter, table) {
			test(`every payload of ${folder} is in the table`, () => {
				const files = readdirSync(fixtures).map((file) => file.replace(/\.json$/, ""));
				expect(Object.keys(table).sort()).toEqual(files.sort());
			});
			test.each(Object.entries(table))(`${folder}/%s, as recorded`, (name, expected) => {
				const event = adapter.parse(read(name));
				expect(event).toEqual(expected);
				expect(adapter.recognises(read(name))).toBe(true);
				if ("action" in event) expect(actionSchema.parse(event.action)).toEqual(event.action);
			});
		},
	};
}

/** Payloads that nobody can read: each must be refused in words. `call` is one that can be read. */
export function brokenPayloads(call: Record<string, Json>): [name: string, payload: unknown][] {
	const without = (name: string) => Object.fromEntries(Object.entries(call).filter(([key]) => key !== name));
	const keys = ["session_id", "cwd", "hook_event_name", "tool_name", "tool_input"].filter((key) => key in call);
	return [
		["null", null],
		["a string", "PreToolUse"],
		["a number", 5],
		["a list", [call]],
		["nothing in it", {}],
		...keys.flatMap((key): [string, unknown][] => [
			[`no ${key}`, without(key)],
			[`${key} of the wrong type`, { ...call, [key]: 5 }],
			[`an empty ${key}`, { ...call, [key]: "" }],
		]),
		["an endless session", { ...call, ...("session_id" in call ? { session_id: "x".repeat(501) } : { taskId: "" }) }],
		["input that is a list", { ...call, tool_input: ["rm"], tool_call: ["rm"] }],
		["a tool call under an event that we do not know", { ...call, hook_event_name: "BeforeAll", hookName: "all" }],
	];
}

export function refusesAll(adapter: HookAdapter, call: Record<string, Json>): void {
	test.each(brokenPayloads(call))("a payload that is or has %s is refused, in words", (_, payload) => {
		expect(() => adapter.parse(payload as Json)).toThrow(
			expect.objectContaining({ code: "bad_request", message: expect.stringMatching(/Countersign .*denied/) }),
		);
	});
}

const decision = { status: "approved", by: "ann", via: "editor", time: "2026-03-28T03:15:22.000Z" } as const;

export const approved: RequestState = {
	...{ id: "0".repeat(32), key: "k", revision: 1, status: "approved", outcome: "executing" },
	decision,
};

export const approvedAs = (content: string): RequestState => ({
	...approved,
	decision: { ...decision, edited: true, content },
});

export const asks = (adapter: HookAdapter, payload: Json): AskEvent => {
	const event = adapter.parse(payload);
	if (event.kind !== "ask") throw new Error(`${event.kind}, not ask`);
	return event;
};

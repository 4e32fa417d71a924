import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, type TestContext, test } from "vitest";
import { leftOutInWords } from "../../../src/core/leftOutInWords.ts";
import type { Action } from "../../../src/protocol/action.ts";
import type { DecisionState } from "../../../src/protocol/messages.ts";
import { makePlace, type Place } from "../../support/gateProcess.ts";
import { openTestGate } from "../../support/openGate.ts";

const agent = { agent: "test", session: "s" };
const alice = { by: "alice", via: "terminal" as const };

const BASE = "one\r\ntwo\r\nthree\r\nfour\r\nfive";
const PROPOSED = "ONE\r\ntwo\r\nthree\r\nfour\r\nfive\r\nsix";
/** The first hunk alone. */
const CHOSEN = "ONE\r\ntwo\r\nthree\r\nfour\r\nfive";
const SIX = { line: 6, removed: [], added: ["six"] };
const WHOLE: Action = { tool: "file_write", path: "a.txt", content: PROPOSED };
const EDITS: Action = {
	...{ tool: "file_write", path: "a.txt" },
	edits: [
		{ old: "one", new: "ONE" },
		{ old: "five", new: "five\r\nsix" },
	],
};

interface Case {
	readonly base?: string;
	readonly apply?: "agent";
	/** Between the asking and the decision. */
	readonly meanwhile?: (place: Place) => void;
	/** Between the decision and the telling. */
	readonly after?: (place: Place) => void;
}

/** What the agent is told at once, and what after a restart of the gate, of an approval of this text. */
async function told(
	{ onTestFinished }: TestContext,
	action: Action,
	approved: string | Uint8Array | undefined,
	{ base = BASE, apply, meanwhile, after }: Case = {},
): Promise<DecisionState | undefined> {
	const place = makePlace({ "a.txt": base });
	const first = await openTestGate(place);
	const submission = await first.gate.submit(agent, { key: "k", action, ...(apply ? { apply } : {}) });
	if (submission.kind === "passed") throw new Error("it passed without asking");
	const { id } = submission.request;
	const decide = (revision: number) => {
		const content = approved === undefined ? {} : { content: Buffer.from(approved) };
		return first.gate.decide(id, { kind: "approve", revision, ...content }, alice);
	};
	if (meanwhile) {
		meanwhile(place);
		expect(await decide(1)).toMatchObject({ kind: "refused" });
	}
	expect(await decide(meanwhile ? 2 : 1)).toMatchObject({ kind: "done" });
	const { decision, outcome } = await first.gate.verdict(id);
	expect(outcome).toBe(apply ? "executing" : "executed");
	await first.close();
	after?.(place);
	const second = await openTestGate(place);
	onTestFinished(() => second.close());
	const again = (await second.gate.verdict(id)).decision;
	if (!after) expect(again).toEqual({ ...decision, time: again?.time });
	return again;
}

test("the gate wrote it: the agent is told which of its hunks were left out, after a restart too", async (context) => {
	expect(await told(context, WHOLE, CHOSEN)).toMatchObject({ edited: true, rejectedHunks: [SIX] });
});

test("the agent writes it: it is told what to write, and what is not in it", async (context) => {
	const decision = await told(context, WHOLE, CHOSEN, { apply: "agent" });
	expect(decision).toMatchObject({ content: CHOSEN, rejectedHunks: [SIX] });
});

test("of edits too, also where the file moved on while they waited", async (context) => {
	expect(await told(context, EDITS, CHOSEN)).toMatchObject({ rejectedHunks: [SIX] });
	const meanwhile = ({ workspace }: Place) => writeFileSync(join(workspace, "a.txt"), BASE.replace("three", "3"));
	const decision = await told(context, EDITS, CHOSEN.replace("three", "3"), { meanwhile });
	expect(decision).toMatchObject({ rejectedHunks: [SIX] });
});

test("of a content that is too long to be kept in memory", async (context) => {
	const rest = "the same line\n".repeat(10_000);
	const action: Action = { tool: "file_write", path: "a.txt", content: `1\n${rest}2\n` };
	const decision = await told(context, action, `1\n${rest}b\n`, { base: `a\n${rest}b\n` });
	expect(decision?.rejectedHunks).toEqual([{ line: 10_002, removed: ["b"], added: ["2"] }]);
});

const SILENT: readonly [string, Action, string | Uint8Array | undefined, Case?][] = [
	["it was approved as it is", WHOLE, undefined],
	["all was taken, and more written", WHOLE, `zero\r\n\r\n${PROPOSED}`],
	["a hunk was made in another way", WHOLE, "One\r\ntwo\r\nthree\r\nfour\r\nfive\r\nsix"],
	[
		"nobody knows for which file the whole content was meant",
		WHOLE,
		`0\r\n${BASE}`,
		{
			meanwhile: ({ workspace }) => writeFileSync(join(workspace, "a.txt"), `0\r\n${BASE}`),
		},
	],
	["it is no text", { ...WHOLE, content: { base64: "/w==" } }, CHOSEN],
	["what was approved is no text", WHOLE, new Uint8Array([0xff, 10])],
	[
		"it is too long to be compared",
		WHOLE,
		PROPOSED.replace("ONE", "one"),
		{ base: `${BASE}\n${"x".repeat(1024 * 1024)}` },
	],
	[
		"the contents are gone",
		WHOLE,
		CHOSEN,
		{
			after: ({ home }) => rmSync(join(home, "blobs"), { recursive: true }),
		},
	],
];
test.for(SILENT)("nothing is said, and the verdict comes, where %s", async ([, action, approved, given], context) => {
	const decision = await told(context, action, approved, given);
	expect(decision).toMatchObject({ status: "approved" });
	expect(decision).not.toHaveProperty("rejectedHunks");
});

test("of many hunks and long ones those are told that a model can read, and how many there are besides", async (context) => {
	const lines = (change: (nth: number) => string) =>
		Array.from({ length: 61 }, (_, nth) => `${change(nth)}\n`).join("");
	const base = lines((nth) => `${nth}`);
	const many = lines((nth) => (nth % 2 === 0 ? `${nth}` : `${nth} changed`));
	const first = await told(context, { ...WHOLE, content: many }, base.replace("0\n", "mine\n"), { base });
	// The one beside the reviewer's own line may have been meant by it.
	expect(first?.rejectedHunks?.map(({ line }) => line)).toEqual(Array.from({ length: 20 }, (_, nth) => 4 + 2 * nth));
	expect(first?.moreRejectedHunks).toBe(9);
	expect(first && leftOutInWords(first)).toMatch(/; and 9 more that there is no room for here\.$/);

	const long = base.replace("\n10\n", `\n${"x".repeat(5000)}\n`).replace("\n20\n", "\ntwenty\n");
	const second = await told(context, { ...WHOLE, content: long }, base.replace("0\n", "mine\n"), { base });
	expect(second).toMatchObject({
		rejectedHunks: [{ line: 21, removed: ["20"], added: ["twenty"] }],
		moreRejectedHunks: 1,
	});
});

test("in words: one line, each hunk with its place and its text", () => {
	const decision = { status: "approved", by: "a", via: "editor", time: "" } as const;
	const rejectedHunks = [
		{ line: 1, removed: ["a", "b"], added: ['"A"'] },
		{ line: 4, removed: [], added: ["new"] },
		{ line: 9, removed: ["old"], added: [] },
	];
	expect(leftOutInWords({ ...decision, rejectedHunks })).toBe(
		'The reviewer left out these of your changes; do not make them again unless you are asked to (lines as they were before): at line 1, "a\\nb" was not replaced by "\\"A\\""; before line 4, "new" was not added; at line 9, "old" was not removed.',
	);
	expect(leftOutInWords(decision)).toBeUndefined();
});

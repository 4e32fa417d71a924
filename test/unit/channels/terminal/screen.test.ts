import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HIDDEN } from "../../../../src/base/hidden.ts";
import { draw } from "../../../../src/channels/terminal/screen/draw.ts";
import type { Key } from "../../../../src/channels/terminal/screen/keys.ts";
import { textOf } from "../../../../src/channels/terminal/screen/line.ts";
import { next } from "../../../../src/channels/terminal/screen/screen.ts";
import {
	type Command,
	type Event,
	type Page,
	type State,
	start,
} from "../../../../src/channels/terminal/screen/state.ts";
import { widthOf } from "../../../../src/channels/terminal/screen/width.ts";
import { UNREAD } from "../../../../src/channels/terminal/unread.ts";
import type { Request } from "../../../../src/core/request.ts";
import { requestLike } from "../../present/requestLike.ts";

const HOSTILE = "日本語 👩‍👩‍👧 e\u0301 \u001b[2J\u202e\t\u0007 end";

function requestOf(
	seq: number,
	tier: Request["plan"]["tier"] = "normal",
	revision = 1,
	more: Partial<Request> = {},
): Request {
	const action = { tool: "file_write" as const, path: `/w/${HOSTILE}-${seq}.txt`, content: "x" };
	const like = requestLike(action, {}, { id: `id-${seq}`, seq, revision, ...more });
	return { ...like, plan: { ...like.plan, tier } };
}

const longPage: Page = {
	lines: Array.from({ length: 100 }, (_, at) => ({ text: `line ${at} 日本語 ${"x".repeat(at * 3)}` })),
};
const shortPage: Page = { lines: [{ text: "one line" }] };

const key = (name: string, isBurst = false): Key => ({ name, isBurst, text: [...name].length === 1 ? name : "" });

/** A person at the model: what is pressed when, and what is asked of the gate. */
class Desk {
	state: State = start("/w", { columns: 80, rows: 24 });
	readonly commands: Command[] = [];
	now = 1_000_000;
	page = longPage;

	constructor(waiting: readonly Request[], decided: readonly Request[] = []) {
		this.tell({ kind: "queue", waiting, decided });
	}

	/** What is to be loaded is there at once. */
	tell(event: Event): void {
		const step = next(this.state, event, this.now);
		this.state = step.state;
		for (const command of step.commands) {
			this.commands.push(command);
			const { view } = this.state;
			if (command.kind !== "load" || view.kind !== "request") continue;
			this.tell({ kind: "page", id: command.id, revision: view.revision, page: this.page });
		}
	}

	press(...names: string[]): void {
		for (const name of names) {
			this.now += 100;
			this.tell({ kind: "key", key: key(name) });
		}
	}

	wait(): void {
		this.now += UNREAD;
	}

	get approvals() {
		return this.commands.flatMap((command) =>
			command.kind === "decide" && command.choice.kind === "approve" ? [{ id: command.id, ...command.choice }] : [],
		);
	}

	get screen(): string {
		return draw(this.state, 0).map(textOf).join("\n");
	}
}

describe("only what was read to its end is approved, in two deliberate steps", () => {
	test("the whole way", () => {
		const desk = new Desk([requestOf(1)]);
		desk.press("enter", "a");
		expect(desk.screen).toContain("Read it to its end first");
		desk.press("end");
		desk.press("a");
		expect(desk.screen).toContain("too quick");
		desk.wait();
		desk.press("a", "y", "e", "s", "enter");
		expect(desk.screen, "Enter before it could be read").toContain("too quick");
		desk.wait();
		desk.press("enter");
		expect(desk.approvals).toEqual([{ id: "id-1", kind: "approve", revision: 1 }]);
	});

	test("high wants its number, and nothing else will do", () => {
		const desk = new Desk([requestOf(42, "high")]);
		desk.press("enter", "end");
		desk.wait();
		desk.press("a", "y", "e", "s");
		desk.wait();
		desk.press("enter");
		expect(desk.approvals).toEqual([]);
		expect(desk.screen).toContain("Type 42");
		desk.press("clear", "4", "2", "enter");
		expect(desk.approvals).toHaveLength(1);
	});

	test("protected is not approved here, and can be denied", () => {
		const desk = new Desk([requestOf(1, "protected")]);
		desk.press("enter", "end");
		desk.wait();
		desk.press("a");
		expect(desk.screen).toContain("approve it in the editor");
		desk.press("n", "n", "o");
		desk.wait();
		desk.press("enter");
		expect(desk.commands.at(-1)).toEqual({ kind: "decide", id: "id-1", choice: { kind: "deny", reason: "no" } });
		expect(desk.approvals).toEqual([]);
	});

	test("a revision under the reader begins the reading anew, and throws away what was typed", () => {
		const desk = new Desk([requestOf(1)]);
		desk.press("enter", "end");
		desk.wait();
		desk.press("a", "y", "e", "s");
		desk.wait();
		desk.tell({ kind: "queue", waiting: [requestOf(1, "normal", 2)], decided: [] });
		desk.press("enter");
		expect(desk.approvals).toEqual([]);
		expect(desk.screen).toContain("revision 2. Read it again");
		desk.press("a");
		expect(desk.screen).toContain("Read it to its end first");
		desk.press("end");
		desk.wait();
		desk.press("a", "y", "e", "s");
		desk.wait();
		desk.press("enter");
		expect(desk.approvals).toEqual([{ id: "id-1", kind: "approve", revision: 2 }]);
	});

	test("what cannot be shown whole is not approved", () => {
		const desk = new Desk([requestOf(1)]);
		desk.page = { ...shortPage, missing: "It cannot be approved here: gone." };
		desk.press("enter");
		desk.wait();
		desk.press("a");
		expect(desk.state.asking).toBeUndefined();
		expect(desk.screen).toContain("cannot be approved here");
	});

	test.each([
		["pasted", [{ name: "paste", text: "yes", isBurst: false }]],
		["typed ahead", ["y", "e", "s"].map((name) => key(name, true))],
	])("what is %s answers nothing", (_, keys) => {
		const desk = new Desk([requestOf(1)]);
		desk.page = shortPage;
		desk.press("enter");
		desk.wait();
		desk.press("a");
		for (const one of keys) desk.tell({ kind: "key", key: one });
		desk.wait();
		desk.press("enter");
		expect(desk.approvals).toEqual([]);
		desk.press("y", "e", "s");
		desk.tell({ kind: "key", key: key("enter", true) });
		expect(desk.approvals, "an Enter that did not come alone").toEqual([]);
		desk.press("enter");
		expect(desk.approvals).toHaveLength(1);
	});
});

test("a denial asks why, takes a usual reason by its number, and an empty one only twice", () => {
	const desk = new Desk([requestOf(1)]);
	desk.press("n", "3");
	desk.wait();
	desk.press("enter");
	expect(desk.commands.at(-1)).toMatchObject({ choice: { kind: "deny", reason: "Make a smaller change." } });
	const other = new Desk([requestOf(1)]);
	other.press("n");
	other.wait();
	other.press("enter", "enter");
	expect(other.commands, "twice at once").toEqual([]);
	other.wait();
	other.press("enter");
	expect(other.commands.at(-1)).toMatchObject({ choice: { kind: "deny", reason: "" } });
});

test("what arrives or ends never moves the mark from the request that it is on", () => {
	const [one, two, three] = [requestOf(1), requestOf(2), requestOf(3)];
	const desk = new Desk([one, two]);
	desk.press("down");
	expect(desk.state.selected).toBe("id-2");
	desk.tell({ kind: "queue", waiting: [two, three], decided: [{ ...one, status: "denied" }] });
	expect(desk.state.selected).toBe("id-2");
	desk.tell({ kind: "queue", waiting: [three], decided: [{ ...two, status: "denied" }] });
	expect(desk.state.selected).toBe("id-2");
});

test("only what changed something is put back", () => {
	const done = requestOf(1, "normal", 1, { status: "approved", outcome: "executed" });
	const failed = requestOf(2, "normal", 1, { status: "approved", outcome: "failed" });
	const desk = new Desk([], [done, failed]);
	desk.press("r", "down", "r");
	expect(desk.commands).toEqual([{ kind: "revert", id: "id-1" }]);
});

test("leaving takes q twice, and says what keeps waiting", () => {
	const desk = new Desk([requestOf(1), requestOf(2)]);
	desk.press("q");
	expect(desk.screen).toContain("q again leaves. 2 keep waiting.");
	desk.press("down", "q");
	expect(desk.commands).toEqual([]);
	desk.press("q");
	expect(desk.commands).toEqual([{ kind: "quit" }]);
});

const NAMES = [
	"enter",
	"escape",
	"up",
	"down",
	"pagedown",
	"pageup",
	"end",
	"home",
	"a",
	"n",
	"d",
	"r",
	"p",
	"?",
	"q",
	"]",
	"[",
	"y",
	"e",
	"s",
	"1",
	"2",
	"backspace",
	"left",
	"clear",
	"interrupt",
];

const someKey = fc
	.record({ name: fc.constantFrom(...NAMES), isBurst: fc.boolean() })
	.map(({ name, isBurst }): Event => ({ kind: "key", key: key(name, isBurst && Math.abs(name.length) > 0) }));
const aKey = (name: string): Event => ({ kind: "key", key: key(name) });
const someEvent: fc.Arbitrary<Event> = fc.oneof(
	{ weight: 12, arbitrary: someKey },
	{ weight: 6, arbitrary: fc.constantFrom(...["enter", "end", "a", "y", "e", "s", "1"].map(aKey)) },
	{
		weight: 1,
		arbitrary: fc.constant<Event>({ kind: "key", key: { name: "paste", text: "yes\r1\r", isBurst: false } }),
	},
	{
		weight: 2,
		arbitrary: fc
			.record({ columns: fc.integer({ min: 10, max: 220 }), rows: fc.integer({ min: 5, max: 60 }) })
			.map((size): Event => ({ kind: "resize", size })),
	},
	{
		weight: 2,
		arbitrary: fc
			.array(fc.record({ seq: fc.integer({ min: 1, max: 3 }), revision: fc.integer({ min: 1, max: 3 }) }), {
				maxLength: 4,
			})
			.map((rows): Event => {
				const waiting = [...new Map(rows.map((row) => [row.seq, row])).values()];
				const tiers = ["normal", "high", "protected"] as const;
				return {
					kind: "queue",
					waiting: waiting.map(({ seq, revision }) => requestOf(seq, tiers[seq - 1], revision)),
					decided: [],
				};
			}),
	},
	{ weight: 1, arbitrary: fc.constant<Event>({ kind: "message", text: "something" }) },
);
/** The whole way, so that approvals do come about among all the rest. */
const wholeWay = ["enter", "end", "wait", "a", "y", "e", "s", "wait", "enter"];
const someSteps = fc.array(
	fc.oneof(
		{ weight: 8, arbitrary: fc.tuple(someEvent, fc.integer({ min: 0, max: 900 })).map((step) => [step]) },
		{
			weight: 1,
			arbitrary: fc.constant(
				wholeWay.filter((name) => name !== "wait").map((name): [Event, number] => [aKey(name), UNREAD]),
			),
		},
	),
	{ maxLength: 40 },
);

interface Logged {
	readonly event: Event;
	readonly at: number;
	/** Before the event. */
	readonly state: State;
}

/** From the key `a` that opened the question to Enter, each in its time, about what was read to its end as it is. */
function expectDeliberate(
	log: readonly Logged[],
	after: State,
	approval: { id: string; revision: number } | undefined,
) {
	const opened = log.findLastIndex(
		({ state }, at) => !state.asking && (log[at + 1]?.state ?? after).asking?.kind === "approve",
	);
	const [question, ...rest] = log.slice(opened);
	const [asked, last] = [question?.at ?? 0, log.at(-1)];
	expect(question?.event).toEqual(aKey("a"));
	expect(last?.event).toEqual(aKey("enter"));
	expect((last?.at ?? 0) - asked).toBeGreaterThanOrEqual(UNREAD);
	const view = question?.state.view;
	if (view?.kind !== "request") throw new Error("approved from elsewhere");
	expect(view).toMatchObject({ id: approval?.id, revision: approval?.revision });
	expect(asked - (view.endSince ?? Number.POSITIVE_INFINITY)).toBeGreaterThanOrEqual(UNREAD);
	const request = question?.state.waiting.find(({ id }) => id === approval?.id);
	expect(request?.revision).toBe(approval?.revision);
	expect(request?.plan.tier).not.toBe("protected");
	const typed = rest.flatMap(({ event }) => (event.kind === "key" && !event.key.isBurst ? [event.key.name] : []));
	for (const letter of request?.plan.tier === "high" ? [String(request.seq)] : ["y", "e", "s"])
		expect(typed).toContain(letter);
}

test("no keys, pastes, arrivals and sizes approve without the two steps on what was read to its end", () => {
	let approved = 0;
	fc.assert(
		fc.property(someSteps, fc.boolean(), (steps, isShort) => {
			const desk = new Desk([requestOf(1), requestOf(2, "high")]);
			if (isShort) desk.page = shortPage;
			const log: Logged[] = [];
			for (const [event, after] of steps.flat()) {
				desk.now += after;
				const before = desk.approvals.length;
				log.push({ event, at: desk.now, state: desk.state });
				desk.tell(event);
				if (desk.approvals.length === before) continue;
				approved++;
				expectDeliberate(log, desk.state, desk.approvals.at(-1));
			}
		}),
		{ numRuns: 400 },
	);
	expect(approved, "the property was about something").toBeGreaterThan(10);
});

test("at any size, whatever happened, no row is wider and no screen higher than the terminal, and nothing hidden is drawn", () => {
	fc.assert(
		fc.property(
			someSteps,
			fc.integer({ min: 1, max: 220 }),
			fc.integer({ min: 1, max: 60 }),
			(steps, columns, rows) => {
				const desk = new Desk([requestOf(1), requestOf(2, "high")], [requestOf(3, "normal", 1, { status: "denied" })]);
				for (const [event, after] of steps.flat()) {
					desk.now += after;
					desk.tell(event);
				}
				desk.tell({ kind: "resize", size: { columns, rows } });
				const drawn = draw(desk.state, 0).map(textOf);
				expect(drawn.length).toBeLessThanOrEqual(rows);
				for (const row of drawn) {
					expect(widthOf(row)).toBeLessThanOrEqual(columns);
					expect(row.replace(HIDDEN, "!").replace(/[\n\t]/g, "!")).toBe(row);
				}
			},
		),
		{ numRuns: 300 },
	);
});

test("a screen is scrolled from its beginning to its end without leaving out a row", () => {
	const desk = new Desk([requestOf(1)]);
	desk.tell({ kind: "resize", size: { columns: 40, rows: 10 } });
	desk.press("enter");
	const seen = new Set<string>();
	for (let at = 0; at < 200 && !desk.screen.includes(" end"); at++) {
		for (const found of desk.screen.matchAll(/line (\d+) /g)) seen.add(found[1] ?? "");
		desk.press("pagedown");
	}
	for (const found of desk.screen.matchAll(/line (\d+) /g)) seen.add(found[1] ?? "");
	expect(seen.size).toBe(100);
});

import { expect, test } from "vitest";
import { faceOf, type Situation, type Standing } from "../../../src/present/statusText.ts";

const NOW = new Date(2026, 10, 25, 14, 4).getTime();
const QUIET: Standing = {
	passed: 0,
	since: new Date(2026, 10, 25, 14, 2).getTime(),
	live: 0,
	nextEnd: undefined,
	isPaused: false,
	isSuspended: false,
	proposals: 0,
	problems: [],
	drifted: [],
};

function face(standing: Partial<Standing> = {}, more: Partial<Situation> = {}) {
	const rest = { trouble: undefined, bypasses: 0, waiting: 0, age: "5 s", isElsewhere: false };
	return faceOf({ ...rest, ...more, standing: { ...QUIET, ...standing } }, NOW);
}

test("with nothing to tell it is the name, and then what passes unasked", () => {
	expect(face()).toMatchObject({ text: "$(shield) Countersign", command: "countersign.queue.focus" });
	const nextEnd = new Date(2026, 10, 25, 14, 5).getTime();
	const busy = face({ passed: 37, live: 2, nextEnd });
	expect(busy.text).toBe("$(shield) 37 passed · 2 rules");
	expect(busy.tooltip).toContain(
		"37 reads and logs passed unasked since 14:02, 2 rules allow, the next expires 14:05.",
	);
	expect(face({ passed: 1, live: 1, nextEnd }).tooltip).toContain(
		"1 read or log passed unasked since 14:02, 1 rule allows, and it expires 14:05.",
	);
	expect(face().tooltip).toContain("No reads and logs passed unasked since 14:02, no rules allow anything.");
	expect(face({ live: 1 }, { isElsewhere: true }).text).toBe("$(shield) 1 rule (elsewhere)");
});

test("what is graver comes first, and what passes is told behind it", () => {
	const waiting = { waiting: 2 };
	const all = { isPaused: true, drifted: ["/a"], proposals: 1, problems: ["p"], passed: 3 };
	const order = [
		face(all, { ...waiting, trouble: "no disk", bypasses: 1 }),
		face(all, { ...waiting, bypasses: 1 }),
		face(all, waiting),
		face({ ...all, drifted: [] }, waiting),
		face({ ...all, drifted: [], isPaused: false }, waiting),
		face({ ...all, drifted: [], isPaused: false }),
		face({ ...all, drifted: [], isPaused: false, proposals: 0 }),
	];
	expect(order.map(({ text, command, colour }) => [text, command.slice(12), colour])).toEqual([
		["$(error) Countersign: no gate", "queue.focus", "errorBackground"],
		["$(error) 1 ran without asking", "showBypasses", "errorBackground"],
		["$(error) gate files changed · 2 waiting", "reviewDrift", "errorBackground"],
		["$(debug-pause) paused · 2 waiting", "review", "warningBackground"],
		["$(shield) 2 waiting · 5 s · policy waits", "review", "warningBackground"],
		["$(law) policy waits", "reviewPolicy", "warningBackground"],
		["$(law) policy refused", "rules.focus", "warningBackground"],
	]);
	expect(order[4]?.tooltip).toContain("2 requests wait for you, the oldest for 5 s.");
	expect(order[4]?.tooltip).toContain("3 reads and logs passed unasked");
});

test("rules that are held back are not said to allow", () => {
	expect(face({ isSuspended: true, drifted: ["/a"] }).tooltip).not.toContain("rules allow.");
	expect(face({ isSuspended: true, proposals: 1 }).tooltip).toContain("Until then no rule allows anything.");
	expect(face({ isPaused: true, live: 0 }).tooltip).toBe(
		"The gate is paused: everything waits, reads too. No reads and logs passed unasked since 14:02.",
	);
});

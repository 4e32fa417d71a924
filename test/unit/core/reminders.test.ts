import { expect, test } from "vitest";
import { Reminders } from "../../../src/core/reminders.ts";
import type { Request } from "../../../src/core/request.ts";

const M = 60_000;
const STEPS = [M, 5 * M, 15 * M];

/** Plays minutes of a queue, second by second. `at`: when each comes, `until`: when it is decided. Seconds. */
function play(requests: { name: string; at: number; until?: number }[], seconds: number): string[] {
	const reminders = new Reminders();
	const all = requests.map((each) => ({ ...each, request: { id: each.name } as Request }));
	const said: string[] = [];
	for (let now = 0; now <= seconds; now++) {
		const waiting = all
			.filter(({ at, until = Number.POSITIVE_INFINITY }) => at <= now && now < until)
			.map(({ request, at }) => ({ request, age: (now - at) * 1000 }));
		const due = reminders.due(waiting, STEPS);
		if (due)
			said.push(
				`${now} s: ${due.requests.map(({ id }) => id).join(" ")}, step ${due.step}, oldest ${due.oldest / 1000} s`,
			);
	}
	return said;
}

test("one that waits is reminded of at each step, and then no more", () => {
	expect(play([{ name: "a", at: 0 }], 3600)).toEqual([
		"60 s: a, step 1, oldest 60 s",
		"300 s: a, step 2, oldest 300 s",
		"900 s: a, step 3, oldest 900 s",
	]);
});

test("what waits together is one reminder, not one each", () => {
	const fifty = Array.from({ length: 50 }, (_, index) => ({ name: String(index), at: index }));
	const said = play(fifty, 1200);
	expect(said).toHaveLength(3);
	expect(said[0]).toMatch(/^60 s: .*step 1/);
});

test("what comes long after a reminder gets its own ladder, and nothing is said of what was decided", () => {
	expect(
		play(
			[
				{ name: "a", at: 0, until: 400 },
				{ name: "b", at: 350 },
			],
			1300,
		),
	).toEqual([
		"60 s: a, step 1, oldest 60 s",
		"300 s: a, step 2, oldest 300 s",
		"410 s: b, step 1, oldest 60 s",
		"650 s: b, step 2, oldest 300 s",
		"1250 s: b, step 3, oldest 900 s",
	]);
});

test("without a ladder nobody is reminded", () => {
	const reminders = new Reminders();
	expect(reminders.due([{ request: { id: "a" } as Request, age: 1e9 }], [])).toBeUndefined();
});

test("over a restart it is one reminder, of the step that was reached", () => {
	const reminders = new Reminders();
	const request = { id: "a" } as Request;
	expect(reminders.due([{ request, age: 10 * M }], STEPS)).toMatchObject({ step: 2 });
	expect(reminders.due([{ request, age: 11 * M }], STEPS)).toBeUndefined();
	expect(reminders.due([{ request, age: 15 * M }], STEPS)).toMatchObject({ step: 3 });
});

import { expect, test } from "vitest";
import { timeLimit } from "../../../src/shell/timeLimit.ts";

test("waiting uses nothing up; working does", () => {
	const isLate = timeLimit(200);
	expect(isLate()).toBe(false);
	Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250);
	expect(isLate()).toBe(false);
	const until = process.cpuUsage().user + 250_000;
	while (process.cpuUsage().user < until);
	// The clock is asked first, and is late only once what was left of the work has passed on it too.
	Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
	expect(isLate()).toBe(true);
});

import { expect, test } from "vitest";
import { delayOf } from "../../../src/away/delay.ts";

const at = (time: string) => new Date(`2026-03-28T${time}:00`);
const policy = { channels: [] as string[], remindAfter: [90_000, 300_000] };
const night = { from: 22 * 60, to: 7 * 60 };

test("nobody at the desk: at once; somebody: after the first step of the ladder, or a minute", () => {
	expect(delayOf("telegram", undefined, policy, false, at("03:15"))).toBe(0);
	expect(delayOf("telegram", undefined, policy, true, at("03:15"))).toBe(90_000);
	expect(delayOf("telegram", undefined, { ...policy, remindAfter: [] }, true, at("03:15"))).toBe(60_000);
});

test("a policy that names other channels only, and quiet hours, over midnight too", () => {
	expect(delayOf("telegram", undefined, { ...policy, channels: ["editor"] }, false, at("12:00"))).toBeUndefined();
	expect(delayOf("telegram", undefined, { ...policy, channels: ["editor", "telegram"] }, false, at("12:00"))).toBe(0);
	expect(
		delayOf("discord", undefined, { ...policy, channels: ["editor", "telegram"] }, false, at("12:00")),
	).toBeUndefined();
	expect(
		["21:59", "22:00", "03:00", "06:59", "07:00"].map((time) => delayOf("telegram", night, policy, false, at(time))),
	).toEqual([0, undefined, undefined, undefined, 0]);
	expect(delayOf("telegram", { from: 60, to: 120 }, policy, false, at("01:30"))).toBeUndefined();
	expect(delayOf("telegram", { from: 60, to: 120 }, policy, false, at("02:00"))).toBe(0);
});

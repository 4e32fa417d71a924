import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Clock } from "../../../src/base/clock.ts";
import type { Draft } from "../../../src/core/audit/record.ts";
import type { Gate } from "../../../src/core/gate.ts";
import { Buttons } from "../../../src/core/remote/buttons.ts";
import { RemoteDesk } from "../../../src/core/remote/desk.ts";
import { type Card, type Face, type RemotePort, Unreachable } from "../../../src/core/remote/remotePort.ts";
import { asked } from "../../support/askGate.ts";
import { journalOf, makePlace } from "../../support/gateProcess.ts";
import { openTestGate } from "../../support/openGate.ts";
import { pick, seeded } from "../../support/seeded.ts";
import { requestLike } from "../present/requestLike.ts";

const PERSON = { id: "1", name: "li" };
const alice = { by: "alice", via: "terminal" as const };

/** A phone in memory: what stands on it, and what was said. */
class Phone implements RemotePort {
	readonly channel = "telegram";
	readonly shown = new Map<string, { card: Card; face: Face }>();
	readonly told: string[] = [];
	/** Whether a sentence can be told just now. */
	isReached = true;
	private count = 0;
	private readonly turn: () => Promise<void>;

	constructor(turn: () => Promise<void> = async () => undefined) {
		this.turn = turn;
	}

	async send(card: Card, face: Face) {
		await this.turn();
		const message = String(++this.count);
		this.shown.set(message, { card, face });
		return { chat: "c", message };
	}

	async edit({ message }: { message: string }, card: Card, face: Face) {
		await this.turn();
		this.shown.set(message, { card, face });
		return true;
	}

	async tell({ text }: { text: string }) {
		if (!this.isReached) throw new Unreachable("not just now");
		this.told.push(text);
	}

	async strip() {}

	get last(): string {
		return String(this.count);
	}

	nonceOf(message: string): string {
		const face = this.shown.get(message)?.face;
		return face && face.kind !== "none" ? face.nonce : "";
	}
}

class HandClock implements Clock {
	/** Ahead of what is asked: never before it. */
	time = Date.now() + 10_000;
	now = () => this.time;
	monotonic = () => this.time;
}

let nonces = 0;
function deskOf(
	gate: Gate,
	port: Phone,
	clock: Clock,
	delay: () => number | undefined = () => 0,
	record: (draft: Draft) => Promise<unknown> = async () => undefined,
): RemoteDesk {
	return new RemoteDesk(
		{
			gate,
			port,
			clock,
			nonce: () => `n${++nonces}`,
			users: () => ["1"],
			approves: () => true,
			delay,
			draw: async ({ status, decision, outcome }) => ({
				text: `${status} ${decision?.by ?? ""} ${outcome ?? ""}`,
				quoted: [],
				isWhole: true,
			}),
			message: (text) => ({ text, quoted: [] }),
			remind: ({ requests }) => `${requests.length} wait`,
			record,
			remember: async () => undefined,
			warn: () => undefined,
		},
		{},
	);
}

test("T48: approved at the terminal and denied on the phone in the same tick, 1000 times: one decision, both show the same winner, the effect fits it", async () => {
	const place = makePlace();
	const { gate, close } = await openTestGate(place);
	const random = seeded(48);
	const turn = async () => {
		for (let left = Math.floor(random() * 4); left > 0; left--) {
			await (random() < 0.7 ? undefined : new Promise((done) => setImmediate(done)));
		}
	};
	const port = new Phone(turn);
	const desk = deskOf(gate, port, { now: () => Date.now(), monotonic: () => performance.now() });
	const wins = { approved: 0, denied: 0 };
	const file = join(place.workspace, "a.txt");
	for (let round = 0; round < 1000; round++) {
		writeFileSync(file, "x");
		const { id } = await asked(gate, { tool: "file_delete", path: "a.txt" });
		await desk.settle();
		const message = port.last;
		const press = { chat: "c", message, nonce: port.nonceOf(message) };
		const terminal = async () => {
			await turn();
			return gate.decide(id, { kind: "approve", revision: 1 }, alice);
		};
		const phone = async () => {
			await turn();
			return desk.press(press, { kind: "reason", reason: "no" }, PERSON);
		};
		const both = pick(random, [true, false])
			? Promise.all([terminal(), phone()])
			: Promise.all([phone(), terminal()]).then(([said, result]) => [result, said] as const);
		const [result, said] = await both;
		const { status, decision } = await gate.verdict(id);
		await desk.settle();
		const winner = status as "approved" | "denied";
		wins[winner]++;
		expect(result.kind).toBe(winner === "approved" ? "done" : "refused");
		if (result.kind === "refused") expect(result.reason).toBe("Too late: denied by li via telegram.");
		if (winner === "denied") expect(said).toBe("Denied; the agent is told why.");
		else expect(said).toMatch(/^Too late: approved by alice via terminal/);
		expect(port.shown.get(message)?.card.text).toMatch(new RegExp(`^${winner} ${decision?.by}`));
		expect(port.shown.get(message)?.face.kind).toBe("none");
		expect(existsSync(file)).toBe(winner === "denied");
	}
	await desk.close();
	await close();
	expect((await journalOf(place)).filter(({ type }) => type === "DECISION")).toHaveLength(1000);
	expect(Math.min(wins.approved, wins.denied)).toBeGreaterThan(100);
}, 120_000);

describe("a button", () => {
	const request = requestLike({ tool: "file_delete", path: "/a" });
	const shown = { chat: "c", message: "1" };

	test("is not good any more after a day, and its end is known as such", () => {
		const buttons = new Buttons();
		buttons.issue("n", request, shown, true, 0);
		expect(buttons.press({ ...shown, nonce: "n" }, 24 * 3600 * 1000)).toEqual({ kind: "dead" });
		expect(buttons.press({ ...shown, nonce: "n" }, 0)).toEqual({ kind: "dead" });
		expect(buttons.press({ ...shown, nonce: "m" }, 0)).toEqual({ kind: "unknown" });
	});

	test("that is pressed elsewhere stays good where it was put, once", () => {
		const buttons = new Buttons();
		buttons.issue("n", request, shown, true, 0);
		expect(buttons.press({ chat: "c", message: "2", nonce: "n" }, 1)).toEqual({ kind: "elsewhere" });
		expect(buttons.press({ chat: "d", message: "1", nonce: "n" }, 1)).toEqual({ kind: "elsewhere" });
		expect(buttons.press({ ...shown, nonce: "n" }, 1).kind).toBe("good");
		expect(buttons.press({ ...shown, nonce: "n" }, 1).kind).toBe("dead");
	});
});

test("what was put off for an hour is heard of again after an hour, not before", async () => {
	const { gate, close } = await openTestGate(makePlace({ "a.txt": "x" }));
	const [port, clock] = [new Phone(), new HandClock()];
	const desk = deskOf(gate, port, clock);
	const { seq } = await asked(gate, { tool: "file_delete", path: "a.txt" });
	await desk.settle();
	await desk.press({ chat: "c", message: "1", nonce: port.nonceOf("1") }, { kind: "snooze" }, PERSON);
	clock.time += 3_599_000;
	await desk.settle();
	expect(port.told).toEqual([]);
	clock.time += 2000;
	await desk.settle();
	await desk.settle();
	expect(port.told).toEqual([`#${seq} still waits.`]);
	await desk.close();
	await close();
});

test("what waits goes to the phone after its time at the desk; a reminder follows once its card is old, and nothing in quiet hours", async () => {
	const place = makePlace({ "a.txt": "x" }, "remind_after: [100ms, 300ms]\n");
	const { gate, close } = await openTestGate(place);
	const [port, clock] = [new Phone(), new HandClock()];
	let delay: number | undefined = 60_000;
	const desk = deskOf(gate, port, clock, () => delay);
	const { requestedAt } = await asked(gate, { tool: "file_delete", path: "a.txt" });
	clock.time = requestedAt + 59_000;
	await desk.settle();
	expect(port.shown.size).toBe(0);
	delay = undefined;
	clock.time = requestedAt + 61_000;
	await desk.settle();
	expect(port.shown.size).toBe(0);
	delay = 60_000;
	await desk.settle();
	expect(port.shown.size).toBe(1);
	await new Promise((done) => setTimeout(done, 150));
	gate.remind();
	await desk.settle();
	expect(port.told).toEqual([]);
	clock.time += 60_000;
	await new Promise((done) => setTimeout(done, 250));
	gate.remind();
	await desk.settle();
	expect(port.told).toEqual(["1 wait"]);
	await desk.close();
	await close();
});

test("one reminder for all that waits; what cannot be told, at night or without a network, is told once as soon as it can be", async () => {
	const place = makePlace({}, "remind_after: [100ms, 300ms]\n");
	const { gate, close } = await openTestGate(place);
	const [port, clock] = [new Phone(), new HandClock()];
	let delay: number | undefined = 0;
	const desk = deskOf(gate, port, clock, () => delay);
	const all = [];
	for (const path of ["a", "b", "c"]) all.push(await asked(gate, { tool: "file_write", path, content: "x" }));
	await desk.settle();
	expect(port.shown.size).toBe(3);
	clock.time += 60_000;
	const remind = async (ms: number) => {
		await new Promise((done) => setTimeout(done, ms));
		gate.remind();
		await desk.settle();
	};
	delay = undefined;
	await remind(110);
	expect(port.told).toEqual([]);
	port.isReached = false;
	delay = 0;
	await desk.settle();
	await desk.settle();
	expect(port.told).toEqual([]);
	port.isReached = true;
	await desk.settle();
	await desk.settle();
	expect(port.told).toEqual(["3 wait"]);
	// What is decided meanwhile needs no reminder.
	delay = undefined;
	await remind(300);
	for (const { id } of all) await gate.decide(id, { kind: "deny", reason: "no" }, alice);
	delay = 0;
	await desk.settle();
	expect(port.told).toEqual(["3 wait"]);
	await desk.close();
	await close();
});

test("how many more wait is told once, of those only whose time at the desk is over, also when it could not be told at first", async () => {
	const { gate, close } = await openTestGate(makePlace());
	const [port, clock] = [new Phone(), new HandClock()];
	const desk = deskOf(gate, port, clock, () => 60_000);
	let last = 0;
	const ask = async (count: number) => {
		for (let left = count; left > 0; left--)
			last = (await asked(gate, { tool: "file_write", path: `f${left}`, content: "x" })).requestedAt;
	};
	await ask(7);
	clock.time = last + 61_000;
	port.isReached = false;
	await desk.settle();
	expect([port.shown.size, port.told]).toEqual([5, []]);
	port.isReached = true;
	await desk.settle();
	await desk.settle();
	expect(port.told).toEqual(["2 more requests wait. They come here as you decide these."]);
	clock.time += 11 * 60_000;
	await desk.settle();
	expect(port.told).toHaveLength(1);
	await desk.close();

	const other = new Phone();
	clock.time = last + 59_000;
	const early = deskOf(gate, other, clock, () => 60_000);
	await early.settle();
	expect([other.shown.size, other.told]).toEqual([0, []]);
	await early.close();
	await close();
});

test("somebody who presses on and on is put on record, but no more often than thirty times a minute", async () => {
	const { gate, close } = await openTestGate(makePlace({ "a.txt": "x" }));
	const records: unknown[] = [];
	const [port, clock] = [new Phone(), new HandClock()];
	const desk = deskOf(
		gate,
		port,
		clock,
		() => 0,
		async (draft) => records.push(draft),
	);
	const stranger = { id: "2", name: "mallory" };
	for (let at = 0; at < 100; at++) {
		const press = { chat: "c", message: "1", nonce: "x" };
		expect(await desk.press(press, { kind: "approve" }, stranger)).toBe("You may not decide this.");
	}
	expect(records).toHaveLength(30);
	clock.time += 61_000;
	await desk.press({ chat: "c", message: "1", nonce: "x" }, { kind: "approve" }, stranger);
	expect(records).toHaveLength(31);
	await desk.close();
	await close();
});

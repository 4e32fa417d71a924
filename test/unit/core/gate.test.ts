import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Gate } from "../../../src/core/gate.ts";
import type { Request } from "../../../src/core/request.ts";
import type { Action } from "../../../src/protocol/action.ts";
import { homeAt } from "../../../src/store/home.ts";
import { verifyWorkspace } from "../../../src/store/readJournal.ts";
import { journalOf, makePlace, type Place } from "../../support/gateProcess.ts";
import { openTestGate } from "../../support/openGate.ts";

const agent = { agent: "test", session: "s" };
const alice = { by: "alice", via: "terminal" as const };
const bob = { by: "bob", via: "telegram" as const };

const open = openTestGate;

async function asked(gate: Gate, key: string, action: Action, apply?: "agent"): Promise<Request> {
	const submission = await gate.submit(agent, { key, action, ...(apply ? { apply } : {}) });
	if (submission.kind === "passed") throw new Error("it passed without asking");
	return submission.request;
}

const WRITE: Action = { tool: "file_write", path: "a.txt", content: "new\n" };
const read = (place: Place, path: string) =>
	existsSync(join(place.workspace, path)) ? readFileSync(join(place.workspace, path), "utf8") : undefined;

test("its agent hears first that a request waits, and every surface before anything else comes in", async () => {
	const { gate, close } = await open(makePlace({}));
	const heard: string[] = [];
	gate.onDidChange(({ key }) => heard.push(key));
	for (const key of ["first", "second", "third"]) {
		await asked(gate, key, WRITE);
		expect(heard, "while the agent is told").not.toContain(key);
		await new Promise<void>((resolve) => process.nextTick(resolve));
		expect(heard.at(-1)).toBe(key);
	}
	await close();
});

describe("a decision", () => {
	test("of two channels in the same tick: one is recorded, the other is told who was first, the effect fits it", async () => {
		const place = makePlace({ "a.txt": "old\n" });
		const { gate, close } = await open(place);
		for (let round = 0; round < 40; round++) {
			writeFileSync(join(place.workspace, "a.txt"), "old\n");
			const { id } = await asked(gate, `k${round}`, WRITE);
			const both = [
				gate.decide(id, { kind: "approve", revision: 1 }, alice),
				gate.decide(id, { kind: "deny", reason: "no" }, bob),
			];
			if (round % 2) both.reverse();
			const results = await Promise.all(both);
			const state = await gate.verdict(id);
			expect(results.filter((result) => result.kind === "done")).toHaveLength(1);
			const loser = results.find((result) => result.kind === "refused");
			expect(loser?.kind === "refused" && loser.reason).toMatch(
				/^Too late: (approved by alice via terminal|denied by bob via telegram)\.$/,
			);
			expect(read(place, "a.txt")).toBe(state.status === "approved" ? "new\n" : "old\n");
		}
		await close();
		expect((await journalOf(place)).filter((record) => record.type === "DECISION")).toHaveLength(40);
	});

	test("by phone never covers high or protected, and every channel can deny", async () => {
		const place = makePlace({ ".env": "KEY=1\n" });
		const { gate, close } = await open(place);
		for (const path of [".env", ".vscode/settings.json"]) {
			const { id } = await asked(gate, path, { tool: "file_write", path, content: "x" });
			expect(await gate.decide(id, { kind: "approve", revision: 1 }, bob)).toMatchObject({ kind: "refused" });
			expect(gate.state(id).status).toBe("waiting");
			expect(await gate.decide(id, { kind: "deny", reason: "" }, bob)).toMatchObject({ kind: "done" });
		}
		await close();
	});

	test("on unsaved changes in an editor is refused", async () => {
		const place = makePlace({ "a.txt": "old\n" });
		const { gate, close } = await open(place, { isDirty: (path) => path === join(place.workspace, "a.txt") });
		const { id } = await asked(gate, "k", WRITE);
		expect(await gate.decide(id, { kind: "approve", revision: 1 }, alice)).toMatchObject({
			kind: "refused",
			reason: expect.stringMatching(/unsaved changes/),
		});
		await close();
	});

	test("that an agent applies leaves only after its intent is durable, and only for the bytes that were shown", async () => {
		const place = makePlace({ "a.txt": "old\n" });
		const { gate, close } = await open(place);
		const first = await asked(gate, "1", WRITE, "agent");
		await gate.decide(first.id, { kind: "approve", revision: 1 }, alice);
		expect((await journalOf(place)).some((record) => record.type === "INTENT")).toBe(false);
		expect(await gate.verdict(first.id)).toMatchObject({ status: "approved", outcome: "executing" });
		expect((await journalOf(place)).filter((record) => record.type === "INTENT")).toHaveLength(1);
		expect(await gate.report(first.id, "executed")).toMatchObject({ outcome: "differs" });

		const second = await asked(gate, "2", WRITE, "agent");
		await gate.decide(second.id, { kind: "approve", revision: 1 }, alice);
		writeFileSync(join(place.workspace, "a.txt"), "somebody else\n");
		expect(await gate.verdict(second.id)).toMatchObject({
			outcome: "failed",
			detail: expect.stringMatching(/conflict/),
		});
		await close();
	});
});

describe("what moved on while it waited", () => {
	const moves: [string, (place: Place) => void][] = [
		["changed", (place) => writeFileSync(join(place.workspace, "a.txt"), "other\n")],
		["changed in the same size", (place) => writeFileSync(join(place.workspace, "a.txt"), "dlo\n")],
		["deleted", (place) => rmSync(join(place.workspace, "a.txt"))],
	];
	test.each(moves)("%s: the click is refused and the next revision waits", async (_, move) => {
		const place = makePlace({ "a.txt": "old\n" });
		const { gate, close } = await open(place);
		const { id } = await asked(gate, "k", WRITE);
		move(place);
		const before = read(place, "a.txt");
		expect(await gate.decide(id, { kind: "approve", revision: 1 }, alice)).toMatchObject({ kind: "refused" });
		expect(gate.state(id)).toMatchObject({ status: "waiting", revision: 2 });
		expect(read(place, "a.txt")).toBe(before);
		// Having seen revision 2, the person may still want it.
		expect(await gate.decide(id, { kind: "approve", revision: 2 }, alice)).toMatchObject({ kind: "done" });
		expect(await gate.verdict(id)).toMatchObject({ outcome: "executed" });
		expect(read(place, "a.txt")).toBe("new\n");
		await close();
	});

	test("an edit that fits no more can only be denied, or replaced by the reviewer's own text", async () => {
		const place = makePlace({ "a.txt": "one two\n" });
		const { gate, close } = await open(place);
		const { id } = await asked(gate, "k", { tool: "file_write", path: "a.txt", edits: [{ old: "one", new: "1" }] });
		writeFileSync(join(place.workspace, "a.txt"), "three\n");
		await gate.decide(id, { kind: "approve", revision: 1 }, alice);
		expect(await gate.decide(id, { kind: "approve", revision: 2 }, alice)).toMatchObject({
			kind: "refused",
			reason: expect.stringMatching(/It cannot be done/),
		});
		await gate.decide(id, { kind: "approve", revision: 2, content: Buffer.from("mine\n") }, alice);
		expect(await gate.verdict(id)).toMatchObject({ outcome: "executed", decision: { edited: true } });
		expect(read(place, "a.txt")).toBe("mine\n");
		await close();
	});
});

const KEYS = ["a", "b", "c"] as const;
const anyKey = fc.constantFrom(...KEYS);
const anyEvent = fc.oneof(
	fc.record({ does: fc.constantFrom("submit", "deny", "cancel", "resume"), key: anyKey }),
	fc.record({ does: fc.constant("approve"), key: anyKey, revision: fc.constantFrom(1, 2) }),
	fc.record({ does: fc.constant("edit"), key: anyKey, text: fc.constantFrom("x\n", "y\n") }),
	fc.record({ does: fc.constant("restart"), key: anyKey }),
);
type AnyEvent = typeof anyEvent extends fc.Arbitrary<infer T> ? T : never;

/** A gate, an agent with three keys, a person, and somebody who edits the files behind their backs. */
class Story {
	private readonly ids = new Map<string, string>();
	private readonly approved = new Set<string>();
	private readonly outside = new Map<string, string>(KEYS.map((key) => [key, "old\n"]));
	readonly place = makePlace({ "a.txt": "old\n", "b.txt": "old\n", "c.txt": "old\n" });
	opened!: Awaited<ReturnType<typeof open>>;

	async happens(event: AnyEvent): Promise<void> {
		const { does, key } = event;
		if (does === "restart") await this.restart();
		else if (does === "submit") {
			const action: Action = { tool: "file_write", path: `${key}.txt`, content: `by agent ${key}\n` };
			this.ids.set(key, (await asked(this.opened.gate, key, action)).id);
		} else if ("text" in event) {
			writeFileSync(join(this.place.workspace, `${key}.txt`), event.text);
			this.outside.set(key, event.text);
		} else await this.decided(event, this.ids.get(key));
	}

	private async restart(): Promise<void> {
		await this.opened.close();
		this.opened = await open(this.place);
	}

	private async decided(event: AnyEvent, id: string | undefined): Promise<void> {
		const { gate } = this.opened;
		if (id === undefined) return;
		if ("revision" in event) {
			const result = await gate.decide(id, { kind: "approve", revision: event.revision }, alice);
			if (result.kind === "refused") return;
			this.approved.add(event.key);
			await gate.verdict(id);
		} else if (event.does === "deny") await gate.decide(id, { kind: "deny", reason: "no" }, alice);
		else if (event.does === "cancel") await gate.cancel(id);
		else if (gate.state(id).status !== "waiting") await gate.verdict(id);
	}

	/** What no person approved looks as the outside left it. */
	check(): void {
		for (const key of KEYS) {
			if (!this.approved.has(key)) expect(read(this.place, `${key}.txt`)).toBe(this.outside.get(key));
		}
	}

	async checkLog(): Promise<void> {
		const records = await journalOf(this.place);
		for (const id of new Set(records.flatMap((record) => record.request ?? []))) {
			const count = (type: string) => records.filter((record) => record.request === id && record.type === type).length;
			expect(count("DECISION")).toBeLessThanOrEqual(1);
			expect(count("INTENT")).toBeLessThanOrEqual(count("DECISION"));
			expect(count("EXECUTED") + count("FAILED") + count("UNKNOWN")).toBeLessThanOrEqual(1);
		}
		expect((await verifyWorkspace(homeAt(this.place.home), this.place.workspace)).code).toBe(0);
	}
}

test("no sequence of events runs anything that no person approved, and the log explains all of it", async () => {
	const property = fc.asyncProperty(fc.array(anyEvent, { minLength: 4, maxLength: 16 }), async (events) => {
		const story = new Story();
		story.opened = await open(story.place);
		for (const event of events) {
			await story.happens(event);
			story.check();
		}
		await story.opened.close();
		await story.checkLog();
	});
	await fc.assert(property, { numRuns: process.env.COUNTERSIGN_LONG === "1" ? 500 : 40 });
}, 300_000);

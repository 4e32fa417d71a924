import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { AuditRecord } from "../../../src/core/audit/record.ts";
import type { Gate } from "../../../src/core/gate.ts";
import type { Identity } from "../../../src/core/request.ts";
import type { Action } from "../../../src/protocol/action.ts";
import { Problem } from "../../../src/protocol/problem.ts";
import { homeAt } from "../../../src/store/home.ts";
import { readJournal, verifyWorkspace } from "../../../src/store/readJournal.ts";
import { FaultDisk, type FaultPlan } from "../../support/faultDisk.ts";
import { makePlace, type Place } from "../../support/gateProcess.ts";
import { openTestGate } from "../../support/openGate.ts";

const agent: Identity = { agent: "test", session: "s" };
const human = { by: "alice", via: "terminal" as const };
const STEPS: { key: string; action: Action; decide: "approve" | "deny" }[] = [
	{ key: "write", action: { tool: "file_write", path: "config.txt", content: "new\n" }, decide: "approve" },
	{ key: "create", action: { tool: "file_write", path: "deep/er/new.txt", content: "made\n" }, decide: "approve" },
	{ key: "delete", action: { tool: "file_delete", path: "victim.txt" }, decide: "approve" },
	{ key: "tree", action: { tool: "file_delete", path: "tree", recursive: true }, decide: "approve" },
	{ key: "denied", action: { tool: "file_delete", path: "keep.txt" }, decide: "deny" },
];
const FILES = {
	"config.txt": "old\n",
	"victim.txt": "v\n",
	"keep.txt": "k\n",
	"tree/a.txt": "a\n",
	"tree/sub/b.txt": "b\n",
};

/** What somebody was told. Each must be explained by the journal. */
type Told = { readonly what: "asked" | "decided" | "ended"; readonly id: string };

async function drive(gate: Gate, told: Told[]): Promise<void> {
	for (const step of STEPS) await askAndDecide(gate, step, told).catch(() => undefined);
	await gate.submit(agent, { key: "read", action: { tool: "file_read", path: "config.txt" } }).catch(() => undefined);
}

/** One request from the asking to its end, or to the first error. */
async function askAndDecide(gate: Gate, { key, action, decide }: (typeof STEPS)[number], told: Told[]): Promise<void> {
	const submission = await gate.submit(agent, { key, action });
	if (submission.kind === "passed") throw new Error("nothing here is free");
	const { request } = submission;
	told.push({ what: "asked", id: request.id });
	if (request.status === "waiting") {
		const approve = { kind: "approve", revision: request.revision } as const;
		const choice = decide === "approve" ? approve : ({ kind: "deny", reason: "production config" } as const);
		const result = await gate.decide(request.id, choice, human);
		if (result.kind === "refused") return;
		told.push({ what: "decided", id: request.id });
	}
	await gate.verdict(request.id);
	told.push({ what: "ended", id: request.id });
}

function explain(records: readonly AuditRecord[], told: readonly Told[], place: Place): void {
	const has = (id: string, ...types: string[]) =>
		records.some((record) => record.request === id && types.includes(record.type));
	for (const { what, id } of told) {
		if (what === "asked") expect(has(id, "REQUEST")).toBe(true);
		if (what === "decided") expect(has(id, "DECISION")).toBe(true);
		if (what === "ended")
			expect(has(id, "EXECUTED", "FAILED", "UNKNOWN", "DIFFERS") || deniedIn(records, id)).toBe(true);
	}
	for (const id of new Set(records.flatMap((record) => (record.type === "INTENT" ? [record.request ?? ""] : [])))) {
		expect(records.filter((record) => record.request === id && record.type === "INTENT")).toHaveLength(1);
		expect(has(id, "DECISION")).toBe(true);
	}
	// No effect without a durable approval and intent.
	const intents = records.filter((record) => record.type === "INTENT").map((record) => record.target);
	const changed = Object.entries(FILES).filter(([path, content]) => read(place, path) !== content);
	for (const [path] of changed) {
		expect(intents.some((target) => join(place.workspace, path).startsWith(target ?? "?"))).toBe(true);
	}
}

const deniedIn = (records: readonly AuditRecord[], id: string) =>
	records.some((record) => record.request === id && record.type === "DECISION" && record.decision === "denied");

function read(place: Place, path: string): string | undefined {
	try {
		return readFileSync(join(place.workspace, path), "utf8");
	} catch {
		return undefined;
	}
}

/** One whole life of a gate with one fault in it. True while the fault was reached. */
async function lifeWithFault(plan: Partial<FaultPlan>): Promise<string | undefined> {
	const place = makePlace(FILES);
	const faulty = new FaultDisk(plan);
	const told: Told[] = [];
	const home = homeAt(place.home);
	let opened = await openTestGate(place, { disk: faulty.disk }).catch(() => undefined);
	if (opened) await drive(opened.gate, told);
	faulty.heal();
	// Everything that was acknowledged is on the disk, whatever the gate believes.
	explain((await readJournal(home, place.workspace)).records, told, place);

	// And once the disk is well again the same gate works on, or a new one opens.
	opened ??= await openTestGate(place, { disk: faulty.disk });
	await drive(opened.gate, told);
	await opened.gate.submit(agent, { key: "after", action: { tool: "file_write", path: "after.txt", content: "x" } });
	await opened.close();
	const { records, flaw } = await readJournal(home, place.workspace);
	expect(flaw).toBeUndefined();
	explain(records, told, place);
	expect(read(place, "keep.txt")).toBe("k\n");
	expect((await verifyWorkspace(home, place.workspace)).code).toBe(0);
	return faulty.hit;
}

/** Lives at once: they mostly wait for the disk. */
const AT_ONCE = 6;

/** Lets operation 1, 2, 3, … fail, a life each, until none is left to fail. Gives the names of those that did. */
async function everyOperation(kind: Partial<FaultPlan>): Promise<string[]> {
	const seen: string[] = [];
	for (let from = 1; ; from += AT_ONCE) {
		const lives = Array.from({ length: AT_ONCE }, (_, offset) => from + offset).map(async (failAt) => {
			try {
				return await lifeWithFault({ ...kind, failAt });
			} catch (error) {
				throw new Error(`with operation ${failAt} failing: ${(error as Error).stack}`);
			}
		});
		const hits = await Promise.all(lives);
		seen.push(...hits.flatMap((hit) => (hit === undefined ? [] : [hit.split(" ")[1] ?? ""])));
		if (hits.includes(undefined)) return seen;
	}
}

describe("whichever operation of the disk fails, nothing is acknowledged that is not durable and nothing runs unapproved", () => {
	const kinds: [string, Partial<FaultPlan>][] = [
		["once, EIO", { code: "EIO" }],
		["once, half a write and ENOSPC", { code: "ENOSPC", short: true }],
		["from then on, EROFS", { code: "EROFS", lasting: true }],
	];
	test.each(kinds)(
		"%s",
		async (_, kind) => {
			const seen = await everyOperation(kind);
			expect(seen.length).toBeGreaterThan(150);
			expect(new Set(seen)).toContain("file.datasync");
		},
		900_000,
	);
});

test("a Problem that says what to do is all that an agent sees of a full disk", async () => {
	const place = makePlace(FILES);
	const faulty = new FaultDisk({ code: "ENOSPC" });
	const { gate, close, warnings } = await openTestGate(place, { disk: faulty.disk });
	faulty.plan.failAt = 1;
	faulty.plan.lasting = true;
	faulty.count = 0;
	const error = await gate
		.submit(agent, { key: "k", action: { tool: "shell_execute", command: "make" } })
		.catch((e) => e);
	expect(error).toBeInstanceOf(Problem);
	expect(error.message).toMatch(/audit log cannot be written .*Nothing is approved and nothing runs until it can/);
	expect(warnings.join()).toMatch(/audit log cannot be written/);
	expect(gate.pending()).toEqual([]);
	faulty.heal();
	const again = await gate.submit(agent, { key: "k", action: { tool: "shell_execute", command: "make" } });
	expect(again.kind).toBe("asked");
	expect(warnings.at(-1)).toBe("The audit log can be written again.");
	await close();
});

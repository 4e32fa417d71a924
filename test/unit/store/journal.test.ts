import {
	appendFileSync,
	copyFileSync,
	linkSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	symlinkSync,
	truncateSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../../src/base/canonicalJson.ts";
import { type AuditRecord, hashOf, seal } from "../../../src/core/audit/record.ts";
import { folderIdOf, homeAt } from "../../../src/store/home.ts";
import { readJournal, verifyWorkspace } from "../../../src/store/readJournal.ts";
import { journalPath, makePlace, type Place } from "../../support/gateProcess.ts";
import { openTestGate } from "../../support/openGate.ts";

const agent = { agent: "test", session: "s" };
const human = { by: "alice", via: "terminal" as const };
const published = (place: Place) => join(place.workspace, ".countersign", "audit.jsonl");
const anchorPath = (place: Place) => join(place.home, "heads", `${folderIdOf(place.workspace)}.json`);
const keyOf = (place: Place) =>
	Buffer.from(readFileSync(join(place.home, "keys", folderIdOf(place.workspace)), "utf8").trim(), "hex");

const open = openTestGate;

/** A gate with one finished write and one request that waits, stopped. */
async function lived(): Promise<Place> {
	const place = makePlace({ "a.txt": "old\n" });
	const { gate, close } = await open(place);
	const done = await gate.submit(agent, {
		key: "done",
		action: { tool: "file_write", path: "a.txt", content: "new\n" },
	});
	if (done.kind === "asked") {
		await gate.decide(done.request.id, { kind: "approve", revision: 1 }, human);
		await gate.verdict(done.request.id);
	}
	await gate.submit(agent, { key: "waits", action: { tool: "file_delete", path: "a.txt" } });
	await close();
	return place;
}

const verify = async (place: Place) => (await verifyWorkspace(homeAt(place.home), place.workspace)).code;

describe("the journal comes back after a torn write", () => {
	test("cut at every byte of its last record, when that was never acknowledged", async () => {
		const place = await lived();
		const path = journalPath(place);
		const whole = readFileSync(path);
		const { head, line } = seal(
			{ type: "REQUEST", request: "0".repeat(32), tool: "file_write" },
			await headOf(place),
			"2026-01-01T00:00:00.000Z",
			keyOf(place),
		);
		expect(head.seq).toBeGreaterThan(5);
		for (let cut = 1; cut < line.length; cut += 7) {
			const copy = makePlace();
			copyHome(place, copy);
			writeFileSync(journalPath(copy), Buffer.concat([whole, Buffer.from(line.slice(0, cut))]));
			const { gate, close, warnings } = await open(copy);
			expect(warnings.join()).toMatch(/ended in \d+ bytes of a record that was never acknowledged/);
			expect(gate.history().length + gate.pending().length).toBe(2);
			await close();
			expect(await verify(copy)).toBe(0);
			expect(readdirSync(join(journalPath(copy), "..")).filter((name) => name.includes(".torn-"))).toHaveLength(1);
		}
	});

	test("a tail that was acknowledged and is gone is not repaired: the gate does not start", async () => {
		const place = await lived();
		const path = journalPath(place);
		truncateSync(path, readFileSync(path).byteLength - 30);
		await expect(open(place)).rejects.toThrow(/records were cut off or replaced/);
		expect(await verify(place)).toBe(2);
	});
});

describe("only what this gate wrote has authority", () => {
	test("a well-chained record without our MAC blocks the gate", async () => {
		const place = await lived();
		const head = await headOf(place);
		const { records } = await readJournal(homeAt(place.home), place.workspace);
		const waiting = records.filter((record) => record.type === "REQUEST").at(-1) as AuditRecord;
		const forged = { ...waiting, type: "DECISION" as const, decision: "approved", by: "alice", via: "terminal" };
		const { hash: _h, mac: _m, seq: _s, time: _t, prev: _p, chain: _c, v: _v, ...draft } = forged;
		const { line } = seal(draft, head, new Date().toISOString(), Buffer.alloc(32));
		appendFileSync(journalPath(place), `${line}\n`);
		await expect(open(place)).rejects.toThrow(/MAC is not ours: the record was forged/);
		expect(await verify(place)).toBe(1);
	});

	test("an older copy of the journal is refused", async () => {
		const place = await lived();
		const old = readFileSync(journalPath(place));
		const { gate, close } = await open(place);
		await gate.submit(agent, { key: "later", action: { tool: "shell_execute", command: "make" } });
		await close();
		writeFileSync(journalPath(place), old);
		await expect(open(place)).rejects.toThrow(/records were cut off or replaced/);
	});

	test.each(["journal", "anchor", "key"])("without its %s the rest is refused", async (what) => {
		const place = await lived();
		rmSync(
			{
				journal: journalPath(place),
				anchor: anchorPath(place),
				key: join(place.home, "keys", folderIdOf(place.workspace)),
			}[what] ?? "",
		);
		await expect(open(place)).rejects.toThrow();
	});

	test("an audit file that came with a repository decides nothing and is moved aside", async () => {
		const other = await lived();
		const place = makePlace({ "a.txt": "mine\n" });
		mkdirSync(join(place.workspace, ".countersign"));
		copyFileSync(published(other), published(place));
		const { gate, close, warnings } = await open(place);
		expect(gate.pending()).toEqual([]);
		expect(gate.history()).toEqual([]);
		expect(warnings.join()).toMatch(/audit file .* was changed; it was published again/);
		await close();
		expect(readFileSync(join(place.workspace, "a.txt"), "utf8")).toBe("mine\n");
		expect(await verify(place)).toBe(0);
	});
});

describe("a published file that is not our copy is moved aside and published again", () => {
	const damages: [string, (place: Place) => void][] = [
		["deleted", (place) => rmSync(published(place))],
		["emptied", (place) => truncateSync(published(place), 0)],
		["cut", (place) => truncateSync(published(place), 200)],
		[
			"one byte changed",
			(place) => writeFileSync(published(place), readFileSync(published(place), "utf8").replace("alice", "mallo")),
		],
		["appended to", (place) => appendFileSync(published(place), "{}\n")],
		[
			"a link",
			(place) => {
				renameSync(published(place), join(place.workspace, "elsewhere.jsonl"));
				symlinkSync(join(place.workspace, "elsewhere.jsonl"), published(place));
			},
		],
		["a file with two names", (place) => linkSync(published(place), join(place.workspace, "second.jsonl"))],
		[
			"a folder",
			(place) => {
				rmSync(published(place));
				mkdirSync(published(place));
			},
		],
	];
	test.each(damages)("%s, while the gate was stopped", async (_, damage) => {
		const place = await lived();
		damage(place);
		const { gate, close, warnings } = await open(place);
		expect(warnings.join()).toMatch(/was (missing|changed); it was published again/);
		await gate.submit(agent, { key: "next", action: { tool: "shell_execute", command: "make" } });
		await close();
		expect(readFileSync(published(place), "utf8")).toBe(recordsOf(place));
		expect(await verify(place)).toBe(0);
	});

	test.each(damages)("%s, while the gate runs", async (_, damage) => {
		const place = await lived();
		const { gate, close, warnings } = await open(place);
		damage(place);
		await gate.submit(agent, { key: "next", action: { tool: "shell_execute", command: "make" } });
		expect(warnings.join()).toMatch(/was (missing|changed); it was published again/);
		await close();
		expect(readFileSync(published(place), "utf8")).toBe(recordsOf(place));
		expect(await verify(place)).toBe(0);
	});
});

describe("every change of an audit file is found", () => {
	test("flips, swaps, drops, duplicates and insertions", async () => {
		const place = await lived();
		const path = journalPath(place);
		const good = Buffer.from(recordsOf(place));
		const lines = good.toString("utf8").trimEnd().split("\n");
		const join_ = (parts: readonly string[]) => Buffer.from(`${parts.join("\n")}\n`);
		const bad: Buffer[] = [];
		for (let at = 0; at < good.byteLength; at += 11) {
			const copy = Buffer.from(good);
			copy[at] = (copy[at] ?? 0) ^ 1;
			bad.push(copy);
		}
		for (let at = 0; at + 1 < lines.length; at++) {
			bad.push(join_(lines.toSpliced(at, 2, lines[at + 1] ?? "", lines[at] ?? "")));
			bad.push(join_(lines.toSpliced(at, 1)));
			bad.push(join_(lines.toSpliced(at, 0, lines[at] ?? "")));
			bad.push(join_(lines.toSpliced(at, 0, "{}")));
		}
		writeFileSync(path, good);
		expect(await verify(place)).toBe(0);
		for (const bytes of bad) {
			writeFileSync(path, bytes);
			expect([1, 2, 3, 4, 5]).toContain(await verify(place));
		}
	});

	test("a record of equal content with its members in another order is not the record", async () => {
		const place = await lived();
		const lines = readFileSync(journalPath(place), "utf8").split("\n");
		const record = JSON.parse(lines[1] ?? "");
		const { hash, mac, ...body } = record;
		expect(hashOf(body)).toBe(hash);
		expect(canonicalJson(record)).toBe(lines[1]);
		lines[1] = JSON.stringify({ mac, hash, ...body });
		writeFileSync(journalPath(place), lines.join("\n"));
		expect(await verify(place)).toBe(1);
	});

	test("two writers are called a fork", async () => {
		const place = await lived();
		const { records } = await readJournal(homeAt(place.home), place.workspace);
		const before = records.at(-2) as AuditRecord;
		const { line } = seal({ type: "FREE" }, before, "2026-01-01T00:00:00.000Z", keyOf(place));
		appendFileSync(journalPath(place), `${line}\n`);
		expect(await verify(place)).toBe(4);
	});
});

test("what is private stays out of the workspace's file", async () => {
	const place = makePlace({ "a.txt": "old secret content\n" });
	const { gate, close } = await open(place);
	await gate.submit(agent, {
		key: "key-of-agent",
		action: { tool: "file_write", path: "a.txt", content: "new secret content\n" },
		intent: "API_KEY=abcdef0123456789 goes in",
	});
	await gate.submit(agent, {
		key: "k2",
		action: {
			tool: "shell_execute",
			command: "curl -H 'Authorization: Bearer abcdefghijklmnop' https://u:pw12345@example.com",
		},
	});
	await close();
	const text = readFileSync(published(place), "utf8");
	for (const secret of ["secret content", "key-of-agent", "abcdef0123456789", "abcdefghijklmnop", "pw12345"])
		expect(text).not.toContain(secret);
	expect(text).toContain("example.com");
});

/** The journal without its private lines. */
const recordsOf = (place: Place) => readFileSync(journalPath(place), "utf8").replace(/^\{"details":.*\n/gm, "");

async function headOf(place: Place) {
	const { records } = await readJournal(homeAt(place.home), place.workspace);
	const { chain, seq, hash } = records.at(-1) as AuditRecord;
	return { chain, seq, hash };
}

/** The same chain under another folder's name, as a restored backup would bring it. */
function copyHome(from: Place, to: Place): void {
	const [fromId, toId] = [folderIdOf(from.workspace), folderIdOf(to.workspace)];
	for (const folder of ["journal", "heads", "keys"]) mkdirSync(join(to.home, folder), { recursive: true, mode: 0o700 });
	mkdirSync(join(to.home, "journal", toId), { mode: 0o700 });
	copyFileSync(anchorPath(from), anchorPath(to));
	copyFileSync(join(from.home, "keys", fromId), join(to.home, "keys", toId));
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate, setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { type Disk, type DiskFile, realDisk } from "../../../src/store/disk.ts";
import { journalPath, makePlace } from "../../support/gateProcess.ts";
import { openTestGate } from "../../support/openGate.ts";

const agent = { agent: "test", session: "s" };

/** The real disk, and what is on it for sure: of each file, its size at its last sync. */
function watchedDisk() {
	const seen = { syncs: 0, durable: 0, journal: "" };
	const watch = (path: string, file: DiskFile): DiskFile =>
		new Proxy(file, {
			get: (target, property) => {
				if (property !== "datasync" || path !== seen.journal) return Reflect.get(target, property);
				return async () => {
					const { size } = target.statSync();
					await target.datasync();
					seen.syncs++;
					seen.durable = size;
				};
			},
		});
	const disk: Disk = {
		...realDisk,
		open: async (path, flags, mode) => watch(path, await realDisk.open(path, flags, mode)),
	};
	return { disk, seen };
}

test("a stream of free reads is synced by the clock, not read by read, and all of it is", async () => {
	const place = makePlace({ "a.txt": "x\n" });
	const { disk, seen } = watchedDisk();
	seen.journal = journalPath(place);
	const { gate, close } = await openTestGate(place, { disk });
	const read = (key: string) => gate.submit(agent, { key, action: { tool: "file_read", path: "a.txt" } });
	const before = seen.syncs;
	const from = performance.now();
	let reads = 0;
	while (performance.now() - from < 300) {
		expect((await read(`k${reads++}`)).kind).toBe("passed");
		await setImmediate();
	}
	expect(reads).toBeGreaterThan(20);
	expect(seen.syncs - before).toBeGreaterThan(0);
	expect(seen.syncs - before).toBeLessThanOrEqual((performance.now() - from) / 50 + 1);
	// Nobody asks for anything any more, and the last one becomes durable and published all the same.
	const size = readFileSync(seen.journal).byteLength;
	for (let waited = 0; seen.durable < size && waited < 5000; waited += 10) await setTimeout(10);
	expect(seen.durable).toBe(size);
	await setTimeout(20);
	const published = readFileSync(join(place.workspace, ".countersign", "audit.jsonl"));
	expect(published.equals(readFileSync(seen.journal))).toBe(true);
	await close();
});

test("what is asked in one turn shares a sync, also on a disk that is quick enough to be waited for", async () => {
	const place = makePlace({});
	const { disk, seen } = watchedDisk();
	seen.journal = journalPath(place);
	const { gate, close } = await openTestGate(place, { disk });
	const ask = (key: string) => gate.submit(agent, { key, action: { tool: "shell_execute", command: `make ${key}` } });
	for (let alone = 0; alone < 3; alone++) await ask(`alone-${alone}`);
	const before = seen.syncs;
	// As messages of many sockets come in: one call after the other, each with its microtasks.
	const told = Array.from({ length: 20 }, (_, index) => setImmediate().then(() => ask(`together-${index}`)));
	await Promise.all(told);
	expect(seen.syncs - before).toBeLessThanOrEqual(3);
	expect(seen.durable).toBe(readFileSync(seen.journal).byteLength);
	await close();
});

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folderIdOf } from "../../src/store/home.ts";
import { connectAgent, submit } from "../support/agent.ts";
import { countersign, GateProcess, journalOf, makePlace, type Place } from "../support/gateProcess.ts";

/** Starts several at once; the winner, and how the others ended. */
async function race(
	place: Place,
	count: number,
): Promise<{ winner: GateProcess; losers: { code: number | null; stderr: string }[] }> {
	const all = Array.from({ length: count }, () => GateProcess.spawn(place));
	const winner = await Promise.any(all.map((gate) => gate.event((event) => event.event === "ready").then(() => gate)));
	const losers = await Promise.all(
		all.filter((gate) => gate !== winner).map(async (gate) => ({ code: (await gate.ended).code, stderr: gate.stderr })),
	);
	return { winner, losers };
}

const lockFiles = (place: Place) => {
	const prefix = `${folderIdOf(place.workspace)}.lock.`;
	return readdirSync(join(place.home, "run")).filter((name) => name.startsWith(prefix));
};

test("of processes that fight for one folder, one owns it and the others are told who", async () => {
	const place = makePlace();
	for (let round = 0; round < 8; round++) {
		const { winner, losers } = await race(place, 4);
		expect(losers).toHaveLength(3);
		for (const { code, stderr } of losers) {
			expect(code).toBe(2);
			expect(stderr).toContain(`already running (serve, process ${winner.process.pid})`);
		}
		const client = await connectAgent(winner);
		await submit(client, `round-${round}`, { tool: "shell_execute", command: `make ${round}` }, 0);
		await winner.kill("SIGKILL");
	}
	const records = await journalOf(place);
	expect(records.filter((record) => record.type === "REQUEST")).toHaveLength(8);
	expect((await countersign(place, ["verify", "--workspace", place.workspace])).code).toBe(0);
	expect(lockFiles(place)).toHaveLength(1);
});

test("a dead owner's folder is taken within two seconds", async () => {
	const place = makePlace();
	const first = await GateProcess.start(place);
	await first.kill("SIGKILL");
	const from = performance.now();
	const second = await GateProcess.start(place);
	expect(performance.now() - from).toBeLessThan(2000);
	await second.stop();
});

test("a sleeping owner keeps its folder, and works on when it wakes", async () => {
	const place = makePlace();
	const sleeper = await GateProcess.start(place);
	sleeper.process.kill("SIGSTOP");
	const other = GateProcess.spawn(place);
	expect((await other.ended).code).toBe(2);
	expect(other.stderr).toContain(`already running (serve, process ${sleeper.process.pid})`);
	sleeper.process.kill("SIGCONT");
	const client = await connectAgent(sleeper);
	expect(await submit(client, "k", { tool: "shell_execute", command: "make" }, 0)).toMatchObject({ status: "waiting" });
	await sleeper.stop();
});

test("a process id that was used again owns nothing", async () => {
	const place = makePlace();
	const first = await GateProcess.start(place);
	const [name = ""] = lockFiles(place);
	const path = join(place.home, "run", name);
	const holder = JSON.parse(readFileSync(path, "utf8"));
	await first.kill("SIGKILL");
	// The dead owner's number now belongs to this very test process.
	writeFileSync(path, JSON.stringify({ ...holder, pid: process.pid }));
	const second = await GateProcess.start(place);
	await second.stop();
});

test("an owner whose lock was taken from under it writes nothing more", async () => {
	const place = makePlace({ "a.txt": "old\n" });
	const first = await GateProcess.start(place);
	const client = await connectAgent(first);
	const answer = submit(client, "k", { tool: "file_write", path: "a.txt", content: "new\n" });
	answer.catch(() => undefined);
	const { id } = await first.request(1);
	for (const name of lockFiles(place)) rmSync(join(place.home, "run", name));
	const second = await GateProcess.start(place);
	first.tell({ approve: id });
	await first.event((event) => event.event === "warning" && /lost the lock/.test(String(event.message)));
	expect(readFileSync(join(place.workspace, "a.txt"), "utf8")).toBe("old\n");
	expect((await journalOf(place)).some((record) => record.type === "DECISION")).toBe(false);

	// The new owner has it in its queue, and can decide.
	await second.approve((await second.request(1)).id);
	await second.event((event) => event.event === "outcome" && event.outcome === "executed");
	await second.stop();
	await first.kill();
	expect((await countersign(place, ["verify", "--workspace", place.workspace])).code).toBe(0);
});

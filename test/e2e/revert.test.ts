import { chmodSync, existsSync, readFileSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Action } from "../../src/protocol/action.ts";
import { connectAgent, submit } from "../support/agent.ts";
import { countersign, GateProcess, isThere, journalOf, makePlace, type Place } from "../support/gateProcess.ts";
import { leftovers } from "../support/leftovers.ts";
import { PromptProcess } from "../support/promptProcess.ts";

const ODD = Buffer.from([0xff, 0x00, 0x0a, 0xc3, 0x28]);
const FILES = { "config.bin": ODD, "tree/a.txt": "a\n", "tree/sub/b.bin": ODD };

const bytesOf = (place: Place, path: string) => {
	const full = join(place.workspace, path);
	return existsSync(full) ? readFileSync(full) : undefined;
};
const isOdd = (place: Place, path: string) => bytesOf(place, path)?.equals(ODD) ?? false;

interface Undoing {
	readonly action: Action;
	/** As the agent left it, or as it was before that; anything else is a mix. */
	readonly isLeft: (place: Place) => boolean;
	readonly isBack: (place: Place) => boolean;
}

const UNDOINGS: Readonly<Record<string, Undoing>> = {
	write: {
		action: { tool: "file_write", path: "config.bin", content: "new\n" },
		isLeft: (place) => bytesOf(place, "config.bin")?.toString() === "new\n",
		isBack: (place) =>
			isOdd(place, "config.bin") && (statSync(join(place.workspace, "config.bin")).mode & 0o777) === 0o640,
	},
	"new file": {
		action: { tool: "file_write", path: "made.txt", content: "made\n" },
		isLeft: (place) => bytesOf(place, "made.txt")?.toString() === "made\n",
		isBack: (place) => !isThere(place, "made.txt"),
	},
	delete: {
		action: { tool: "file_delete", path: "config.bin" },
		isLeft: (place) => !isThere(place, "config.bin"),
		isBack: (place) =>
			isOdd(place, "config.bin") && (statSync(join(place.workspace, "config.bin")).mode & 0o777) === 0o640,
	},
	"delete of a folder": {
		action: { tool: "file_delete", path: "tree", recursive: true },
		isLeft: (place) => !isThere(place, "tree"),
		isBack: (place) => bytesOf(place, "tree/a.txt")?.toString() === "a\n" && isOdd(place, "tree/sub/b.bin"),
	},
};

/** A place where an agent did what a person approved; its id. */
async function changed(action: Action): Promise<{ place: Place; id: string }> {
	const place = makePlace(FILES);
	chmodSync(join(place.workspace, "config.bin"), 0o640);
	const gate = await GateProcess.start(place);
	const client = await connectAgent(gate);
	const answer = submit(client, "k", action);
	await gate.approve((await gate.request(1)).id);
	const { id } = await answer;
	client.close();
	await gate.stop();
	return { place, id };
}

test("a person at the stream has a change undone: it asks, is shown, decided, done and recorded", async () => {
	const { place, id } = await changed({ tool: "file_write", path: "config.bin", content: "new\n" });
	const gate = await GateProcess.start(place);
	gate.tell({ revert: id });
	const asked = await gate.request(1);
	expect(asked).toMatchObject({
		tool: "file_write",
		tier: "normal",
		agent: "countersign",
		request: { reverts: id, intent: expect.stringMatching(/^Put back what #\d+ changed\.$/) },
	});
	expect(bytesOf(place, "config.bin")?.toString()).toBe("new\n");
	gate.tell({ revert: id });
	await gate.event(() => gate.shown().length === 2);
	expect(gate.shown()[1]?.id, "asked twice: one request, shown again").toBe(asked.id);
	await gate.approve(asked.id);
	await gate.event((event) => event.event === "outcome" && event.id === asked.id && event.outcome === "executed");
	expect(isOdd(place, "config.bin")).toBe(true);
	gate.tell({ revert: id });
	await gate.event((event) => /as it was before already/.test(String(event.message)));
	gate.tell({ revert: "nothing" });
	await gate.event((event) => /There is no request nothing/.test(String(event.message)));
	await gate.stop();
	const records = (await journalOf(place)).filter(({ request }) => request === asked.id);
	expect(records.map(({ type }) => type)).toEqual(["REQUEST", "DECISION", "INTENT", "EXECUTED"]);
	expect(records[0]).toMatchObject({ by: userInfo().username, via: "terminal", data: { reverts: id } });
	expect((await countersign(place, ["verify"])).code).toBe(0);
});

test("a person at the prompt has a change undone", async () => {
	const { place, id } = await changed({ tool: "file_delete", path: "tree", recursive: true });
	const terminal = new PromptProcess(place);
	await terminal.see(/0 waiting/);
	terminal.type(`revert ${id.slice(0, 8)}`);
	const [, head] = await terminal.see(/([0-9a-f]{8}) revision 1[\s\S]*puts back \S+tree with 4 entries/);
	terminal.type(`approve ${head}`);
	await terminal.see(new RegExp(`${head} executed`));
	expect(isOdd(place, "tree/sub/b.bin")).toBe(true);
	await terminal.stop();
});

test("an agent has no way to undo anything, nor to pass for the one who does", async () => {
	const { place, id } = await changed({ tool: "file_write", path: "config.bin", content: "new\n" });
	const gate = await GateProcess.start(place);
	const client = await connectAgent(gate);
	const refused = (method: string, params: object) => expect(client.call(method as never, params as never)).rejects;
	await refused("request/revert", { id }).toThrow();
	await refused("revert", { id }).toThrow();
	const action = { tool: "file_delete", path: "config.bin" };
	await refused("request/submit", { key: "1", action, restores: { request: id } }).toThrow();
	await refused("request/submit", { key: "2", action: { ...action, restores: id } }).toThrow();
	client.close();

	const { url, token } = gate.discovery;
	const post = (path: string, body: object) =>
		fetch(`${url}${path}`, {
			method: "POST",
			headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
			body: JSON.stringify(body),
		});
	expect((await post(`/v1/requests/${id}/revert`, {})).status).toBe(404);
	expect((await post("/v1/revert", { id })).status).toBe(404);
	expect((await post("/v1/requests", { key: "3", action, agent: { name: "Countersign" } })).status).toBe(403);

	gate.tell({ revert: id });
	const revert = await gate.request(1);
	const claims = { agent: { name: "countersign" } };
	expect((await post(`/v1/requests/${revert.id}/cancel`, claims)).status).toBeGreaterThanOrEqual(400);
	expect(await countersign(place, ["revert", id])).toMatchObject({
		code: 2,
		stderr: expect.stringContaining("r on it"),
	});
	expect(gate.shown()).toHaveLength(1);
	expect(gate.events.filter(({ event }) => event === "decided")).toEqual([]);
	expect(bytesOf(place, "config.bin")?.toString()).toBe("new\n");
	await gate.stop();
});

/** What a gate that is started again writes: one line, then these. */
const LINES = { REQUEST: 2, DECISION: 3, INTENT: 4, EXECUTED: 5 };
const FAILPOINTS = [
	"request.planned",
	`journal.written:${LINES.REQUEST}`,
	"request.durable",
	`journal.written:${LINES.DECISION}`,
	"decision.durable",
	`journal.written:${LINES.INTENT}`,
	"intent.durable",
	"effect.staged",
	"effect.aside",
	"effect.done",
	`journal.written:${LINES.EXECUTED}`,
	"outcome.durable",
];
const isPassed = (failpoint: string, name: string) => {
	if (failpoint === "effect.staged") return name !== "new file";
	return failpoint !== "effect.aside" || name === "new file";
};

describe.each(Object.entries(UNDOINGS))(
	"a gate killed while it undoes a %s loses nothing and mixes nothing",
	(name, undoing) => {
		test.concurrent.each(FAILPOINTS.filter((failpoint) => isPassed(failpoint, name)))(
			"killed at %s",
			async (failpoint) => {
				const { place, id } = await changed(undoing.action);
				const killed = await GateProcess.start(place, failpoint);
				killed.tell({ revert: id });
				await Promise.race([killed.ended, killed.request(1).then((asked) => killed.tell({ approve: asked.id }))]).catch(
					() => undefined,
				);
				expect((await killed.ended).signal, "the gate was to be killed at the failpoint").toBe("SIGKILL");
				const types = (await journalOf(place)).slice(6).map(({ type }) => type);
				if (!types.includes("INTENT")) expect(undoing.isLeft(place), "an effect without a durable intent").toBe(true);

				const gate = await GateProcess.start(place);
				const open = (await journalOf(place)).find(({ data }) => data?.reverts === id)?.request;
				// What waits or was only approved goes on when a person says so; what had begun is settled by now.
				if (!types.includes("INTENT")) {
					if (!open) gate.tell({ revert: id });
					const again = open ?? (await gate.request(1)).id;
					gate.tell({ approve: again, revision: 1 });
					await gate.event((event) => event.event === "outcome" && event.id === again && event.outcome === "executed");
				}
				await gate.stop();
				const records = (await journalOf(place)).filter(({ data }) => data?.reverts === id);
				expect(records).toHaveLength(1);
				const ends = (await journalOf(place)).filter(
					({ request, type }) => request === records[0]?.request && ["EXECUTED", "UNKNOWN"].includes(type),
				);
				expect(ends).toHaveLength(1);
				expect(ends[0]?.type === "EXECUTED" ? undoing.isBack(place) : undoing.isLeft(place)).toBe(true);
				expect(leftovers(place.workspace)).toEqual([]);
				expect((await countersign(place, ["verify", "--workspace", place.workspace])).code).toBe(0);
			},
		);
	},
);

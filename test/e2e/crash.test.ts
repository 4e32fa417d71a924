import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Action } from "../../src/protocol/action.ts";
import type { RequestState } from "../../src/protocol/messages.ts";
import { connectAgent, submit } from "../support/agent.ts";
import { countersign, GateProcess, journalOf, makePlace, type Place } from "../support/gateProcess.ts";
import { leftovers } from "../support/leftovers.ts";

const FILES = { "config.yml": "old: 1\n", "victim.txt": "v\n", "tree/a.txt": "a\n", "tree/sub/b.txt": "b\n" };

interface Effect {
	readonly action: Action;
	/** Whether the workspace looks as before, or as approved; anything else is a mix. */
	readonly isBefore: (place: Place) => boolean;
	readonly isAfter: (place: Place) => boolean;
}

const read = (place: Place, path: string) => {
	const full = join(place.workspace, path);
	return existsSync(full) ? readFileSync(full, "utf8") : undefined;
};

const EFFECTS: Readonly<Record<string, Effect>> = {
	write: {
		action: { tool: "file_write", path: "config.yml", content: "new: 2\n" },
		isBefore: (place) => read(place, "config.yml") === "old: 1\n",
		isAfter: (place) => read(place, "config.yml") === "new: 2\n",
	},
	create: {
		action: { tool: "file_write", path: "made/new.txt", content: "made\n", base: null },
		isBefore: (place) => read(place, "made/new.txt") === undefined,
		isAfter: (place) => read(place, "made/new.txt") === "made\n",
	},
	delete: {
		action: { tool: "file_delete", path: "victim.txt" },
		isBefore: (place) => read(place, "victim.txt") === "v\n",
		isAfter: (place) => !existsSync(join(place.workspace, "victim.txt")),
	},
	"delete folder": {
		action: { tool: "file_delete", path: "tree", recursive: true },
		isBefore: (place) => read(place, "tree/a.txt") === "a\n" && read(place, "tree/sub/b.txt") === "b\n",
		isAfter: (place) => !existsSync(join(place.workspace, "tree")),
	},
};

/** GENESIS and POLICY are the first two lines that a new gate writes. */
const LINES = { REQUEST: 3, DECISION: 4, INTENT: 5, EXECUTED: 6 };

const FAILPOINTS = [
	"request.planned",
	`journal.written:${LINES.REQUEST}`,
	"request.durable",
	"decision.made",
	`journal.written:${LINES.DECISION}`,
	"decision.durable",
	"intent.checked",
	`journal.written:${LINES.INTENT}`,
	"intent.durable",
	"effect.staged",
	"effect.kept",
	"effect.aside",
	"effect.done",
	"outcome.known",
	`journal.written:${LINES.EXECUTED}`,
	"outcome.durable",
];

/** Points that only one kind of effect passes. */
const isPassed = (failpoint: string, action: Action) =>
	failpoint === "effect.staged"
		? action.tool === "file_write"
		: !/kept|aside/.test(failpoint) || action.tool === "file_delete";

/** Asks, approves, and lets the gate be killed wherever the failpoint says. */
async function untilKilled(place: Place, action: Action, failpoint: string): Promise<void> {
	const gate = await GateProcess.start(place, failpoint);
	const client = await connectAgent(gate);
	const answer = submit(client, "key", action).catch((error: Error) => error);
	await Promise.race([gate.ended, gate.request(1).then(({ id }) => gate.tell({ approve: id }))]).catch(() => undefined);
	expect((await gate.ended).signal, "the gate was to be killed at the failpoint").toBe("SIGKILL");
	expect(await answer).toBeInstanceOf(Error);
}

/** Starts the gate again and asks with the same key, as an agent does that lost its connection. */
async function resume(place: Place, action: Action): Promise<RequestState> {
	const gate = await GateProcess.start(place);
	try {
		const client = await connectAgent(gate);
		const answer = submit(client, "key", action);
		const waiting = gate.request(1).then(({ id }) => gate.tell({ approve: id }));
		waiting.catch(() => undefined);
		const state = await answer;
		// The same key gets the same answer, and nothing happens again.
		expect(await submit(client, "key", action)).toEqual(state);
		client.close();
		return state;
	} finally {
		await gate.stop();
	}
}

describe.each(Object.entries(EFFECTS))(
	"a gate killed between two durable steps of a %s loses nothing and does nothing twice",
	(_, effect) => {
		test.concurrent.each(FAILPOINTS.filter((failpoint) => isPassed(failpoint, effect.action)))(
			"killed at %s",
			async (failpoint) => {
				const place = makePlace(FILES);
				await untilKilled(place, effect.action, failpoint);
				const killed = await journalOf(place);
				const types = killed.map((record) => record.type);
				if (!types.includes("INTENT")) expect(effect.isBefore(place), "an effect without a durable intent").toBe(true);

				const state = await resume(place, effect.action);
				const isDone = state.outcome === "executed";
				if (!isDone) expect(state).toMatchObject({ status: "approved", outcome: "unknown" });
				if (!types.includes("INTENT"))
					expect(isDone, "nothing had started: it must be done once asked again").toBe(true);
				expect(isDone ? effect.isAfter(place) : effect.isBefore(place)).toBe(true);
				expect(leftovers(place.workspace)).toEqual([]);

				const records = (await journalOf(place)).filter((record) => record.request === state.id);
				for (const type of ["REQUEST", "DECISION", "INTENT"])
					expect(records.filter((record) => record.type === type)).toHaveLength(1);
				expect(records.filter((record) => ["EXECUTED", "UNKNOWN"].includes(record.type))).toHaveLength(1);
				expect((await countersign(place, ["verify", "--workspace", place.workspace])).code).toBe(0);
			},
		);
	},
);

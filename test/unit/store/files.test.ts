import { chownSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { sha256 } from "../../../src/base/hash.ts";
import type { Action } from "../../../src/protocol/action.ts";
import { approve, asked } from "../../support/askGate.ts";
import { makePlace, type Place } from "../../support/gateProcess.ts";
import { openTestGate } from "../../support/openGate.ts";

const isRoot = process.getuid?.() === 0;
const WRITE: Action = { tool: "file_write", path: "a.txt", content: "new\n" };

async function written(place: Place): Promise<void> {
	const { gate, close } = await openTestGate(place);
	onTestFinished(close);
	expect(await approve(gate, await asked(gate, WRITE))).toMatchObject({ outcome: "executed" });
}

test.runIf(isRoot)("a written file keeps its owner", async () => {
	const place = makePlace({ "a.txt": "old\n" });
	chownSync(join(place.workspace, "a.txt"), 12345, 23456);
	await written(place);
	expect(statSync(join(place.workspace, "a.txt"))).toMatchObject({ uid: 12345, gid: 23456 });
});

test("a write leaves what was there in the blobs, and nothing else behind", async () => {
	const place = makePlace({ "a.txt": "old\n" });
	await written(place);
	const digest = sha256("old\n");
	expect(readFileSync(join(place.home, "blobs", digest.slice(0, 2), digest), "utf8")).toBe("old\n");
	expect(readdirSync(place.workspace).sort()).toEqual([".countersign", "a.txt"]);
});

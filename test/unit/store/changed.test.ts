import { execFileSync } from "node:child_process";
import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Action } from "../../../src/protocol/action.ts";
import { approve, asked } from "../../support/askGate.ts";
import { makePlace } from "../../support/gateProcess.ts";
import { openTestGate } from "../../support/openGate.ts";
import { isForWriting, watchedDisk } from "../../support/watchedDisk.ts";

const isRoot = process.getuid?.() === 0;
const OLD = "one\ntwo\nthree\nfour\nfive\n";

/** A gate over one file; `changed` happens when it comes by that point, or by hand. */
async function deskOf(files: Readonly<Record<string, string>>, moment: string, change: (path: string) => void) {
	const place = makePlace(files);
	const path = join(place.workspace, "a.txt");
	const { disk, opened } = watchedDisk(() => undefined);
	const { gate, close } = await openTestGate(place, {
		disk,
		failpoint: (name) => {
			if (name === moment) change(path);
		},
	});
	onTestFinished(close);
	return { gate, path, writes: () => opened.filter((one) => one.path === path && isForWriting(one)) };
}

const MOMENTS = ["while it waits", "decision.durable", "intent.checked"];

describe.each(MOMENTS)(
	"T27 · a file whose bytes changed, its size and times as before, is a conflict: %s",
	(moment) => {
		/** In the same size, with the time put back. */
		const change = (path: string) => {
			const { atime, mtime } = statSync(path);
			writeFileSync(path, OLD.replace("one", "eno"));
			utimesSync(path, atime, mtime);
		};
		test.each([
			["a write", { tool: "file_write", path: "a.txt", content: OLD.replace("five", "5") }],
			["a delete", { tool: "file_delete", path: "a.txt" }],
		] satisfies [string, Action][])("%s leaves the disk as it is", async (_, action) => {
			const { gate, path } = await deskOf({ "a.txt": OLD }, moment, change);
			utimesSync(path, 1e9, 1e9);
			const request = await asked(gate, action);
			const before = statSync(path);
			if (moment === MOMENTS[0]) change(path);
			const state = await approve(gate, request);
			if (moment === MOMENTS[0]) expect(state).toMatchObject({ status: "waiting", revision: 2 });
			else expect(state).toMatchObject({ outcome: "failed", detail: expect.stringContaining("conflict") });
			expect(readFileSync(path, "utf8")).toBe(OLD.replace("one", "eno"));
			expect(statSync(path)).toMatchObject({ size: before.size, mtimeMs: before.mtimeMs });
		});
	},
);

test("T27: the next look carries the change over to what is there now", async () => {
	const { gate, path } = await deskOf({ "a.txt": OLD }, "", () => undefined);
	const request = await asked(gate, { tool: "file_write", path: "a.txt", content: OLD.replace("five", "5") });
	writeFileSync(path, OLD.replace("one", "eno"));
	await approve(gate, request);
	expect(await approve(gate, gate.require(request.id))).toMatchObject({ outcome: "executed" });
	expect(readFileSync(path, "utf8")).toBe(OLD.replace("one", "eno").replace("five", "5"));
});

const WRITE: Action = { tool: "file_write", path: "a.txt", content: "new\n" };
const REMOVE: Action = { tool: "file_delete", path: "a.txt" };
const CHANGES: [what: string, action: Action, change: (path: string) => void][] = [
	["deleted", WRITE, (path) => rmSync(path)],
	["created", WRITE, (path) => writeFileSync(path, "theirs\n")],
	["a folder", WRITE, (path) => mkdirSync(path)],
	["a pipe", WRITE, (path) => execFileSync("mkfifo", [path])],
	["a pipe that is to be deleted", REMOVE, (path) => execFileSync("mkfifo", [path])],
	["a folder that is to be deleted", REMOVE, (path) => mkdirSync(path)],
];
if (isRoot) {
	const device = (path: string) => execFileSync("mknod", [path, "c", "1", "5"]);
	CHANGES.push(["a device that never ends", WRITE, device]);
	CHANGES.push(["such a device that is to be deleted", REMOVE, device]);
}

describe.each(MOMENTS)(
	"T28 · what became something else is a conflict, opened for no writing, and nobody hangs: %s",
	(moment) => {
		test.each(CHANGES)(
			"%s",
			async (what, action, change) => {
				const isNew = what === "created";
				const swap = (path: string) => {
					if (!isNew) rmSync(path);
					if (what !== "deleted") change(path);
				};
				const { gate, path, writes } = await deskOf(isNew ? {} : { "a.txt": "old\n" }, moment, swap);
				const request = await asked(gate, action);
				if (moment === MOMENTS[0]) swap(path);
				const kindOf = () => statSync(path, { throwIfNoEntry: false })?.mode;
				const state = await approve(gate, request).catch((error: Error) => ({
					...gate.state(request.id),
					detail: error.message,
				}));
				if (moment === MOMENTS[0]) expect(state).toMatchObject({ status: "waiting", outcome: null });
				else
					expect(state).toMatchObject({
						status: "approved",
						outcome: "failed",
						detail: expect.stringMatching(/conflict/),
					});
				if (what === "deleted") expect(kindOf()).toBeUndefined();
				else if (isNew) expect(readFileSync(path, "utf8")).toBe("theirs\n");
				else expect(lstatSync(path).isFile()).toBe(false);
				expect(writes()).toEqual([]);
			},
			5000,
		);

		test("a socket", async () => {
			const server = createServer();
			onTestFinished(() => void server.close());
			const socket = join(makePlace().workspace, "s");
			await new Promise<void>((listening) => server.listen(socket, listening));
			const swap = (path: string) => renameSync(socket, path);
			const { gate, path, writes } = await deskOf({ "a.txt": "old\n" }, moment, swap);
			const request = await asked(gate, WRITE);
			if (moment === MOMENTS[0]) swap(path);
			const state = await approve(gate, request).catch(() => gate.state(request.id));
			expect(state.outcome).toBe(moment === MOMENTS[0] ? null : "failed");
			expect(lstatSync(path).isSocket()).toBe(true);
			expect(writes()).toEqual([]);
		}, 5000);
	},
);

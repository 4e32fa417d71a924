import { execFileSync } from "node:child_process";
import {
	chmodSync,
	chownSync,
	existsSync,
	linkSync,
	lstatSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	renameSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../../src/base/hash.ts";
import type { Gate } from "../../../src/core/gate.ts";
import type { Action } from "../../../src/protocol/action.ts";
import type { RequestState } from "../../../src/protocol/messages.ts";
import { makePlace, type Place } from "../../support/gateProcess.ts";
import { openTestGate } from "../../support/openGate.ts";

const agent = { agent: "test", session: "s" };
const alice = { by: "alice", via: "editor" as const };
const isRoot = process.getuid?.() === 0;

async function withGate<T>(place: Place, use: (gate: Gate) => Promise<T>): Promise<T> {
	const opened = await openTestGate(place);
	try {
		return await use(opened.gate);
	} finally {
		await opened.close();
	}
}

/** Asks, lets something happen, approves, and gives the end. */
async function approved(gate: Gate, action: Action, meanwhile: () => void = () => undefined): Promise<RequestState> {
	const submission = await gate.submit(agent, { key: JSON.stringify(action), action });
	if (submission.kind === "passed") throw new Error("it passed");
	meanwhile();
	const result = await gate.decide(submission.request.id, { kind: "approve", revision: 1 }, alice);
	return result.kind === "refused"
		? { ...gate.state(submission.request.id), detail: result.reason }
		: gate.verdict(submission.request.id);
}

const write = (path: string, content = "new\n"): Action => ({ tool: "file_write", path, content });
const blobOf = (place: Place, text: string) => join(place.home, "blobs", sha256(text).slice(0, 2), sha256(text));

describe("a written file", () => {
	test.each([0o755, 0o600, 0o640, 0o444])("keeps its mode %o", async (mode) => {
		const place = makePlace({ "a.txt": "old\n" });
		const path = join(place.workspace, "a.txt");
		chmodSync(path, mode);
		await withGate(place, async (gate) =>
			expect(await approved(gate, write("a.txt"))).toMatchObject({ outcome: "executed" }),
		);
		expect(statSync(path).mode & 0o7777).toBe(mode);
		expect(readFileSync(path, "utf8")).toBe("new\n");
	});

	test("loses setuid and setgid, and that is said", async () => {
		const place = makePlace({ "a.sh": "old\n" });
		chmodSync(join(place.workspace, "a.sh"), 0o6755);
		await withGate(place, async (gate) => {
			const submission = await gate.submit(agent, { key: "k", action: write("a.sh") });
			if (submission.kind === "passed") throw new Error();
			expect(submission.request.plan).toMatchObject({
				tier: "high",
				why: [expect.stringMatching(/setuid or setgid; that bit will be dropped/)],
			});
			await gate.decide(submission.request.id, { kind: "approve", revision: 1 }, alice);
			expect(await gate.verdict(submission.request.id)).toMatchObject({ outcome: "executed" });
		});
		expect(statSync(join(place.workspace, "a.sh")).mode & 0o7777).toBe(0o755);
	});

	test.runIf(isRoot)("keeps its owner", async () => {
		const place = makePlace({ "a.txt": "old\n" });
		chownSync(join(place.workspace, "a.txt"), 12345, 23456);
		await withGate(place, async (gate) =>
			expect(await approved(gate, write("a.txt"))).toMatchObject({ outcome: "executed" }),
		);
		expect(statSync(join(place.workspace, "a.txt"))).toMatchObject({ uid: 12345, gid: 23456 });
	});

	test("leaves what was there in the blobs, and nothing else behind", async () => {
		const place = makePlace({ "a.txt": "old\n" });
		await withGate(place, (gate) => approved(gate, write("a.txt")));
		expect(readFileSync(blobOf(place, "old\n"), "utf8")).toBe("old\n");
		expect(readdirSync(place.workspace).sort()).toEqual([".countersign", "a.txt"]);
	});

	test("behind a link inside the workspace is the target; the link stays", async () => {
		const place = makePlace({ "real/a.txt": "old\n" });
		symlinkSync("real/a.txt", join(place.workspace, "link.txt"));
		await withGate(place, async (gate) =>
			expect(await approved(gate, write("link.txt"))).toMatchObject({ outcome: "executed" }),
		);
		expect(readlinkSync(join(place.workspace, "link.txt"))).toBe("real/a.txt");
		expect(readFileSync(join(place.workspace, "real/a.txt"), "utf8")).toBe("new\n");
	});

	test("with a second name is high, and the other name keeps the old bytes", async () => {
		const place = makePlace({ "a.txt": "old\n" });
		linkSync(join(place.workspace, "a.txt"), join(place.workspace, "b.txt"));
		await withGate(place, (gate) => approved(gate, write("a.txt")));
		expect(readFileSync(join(place.workspace, "a.txt"), "utf8")).toBe("new\n");
		expect(readFileSync(join(place.workspace, "b.txt"), "utf8")).toBe("old\n");
	});

	test.each([
		["emoji", "\u{1f600}.txt"],
		["255 bytes", "x".repeat(255)],
		["a line break", "a\nb.txt"],
		["a leading dash", "-rf"],
		["NFD", "e\u0301.txt"],
		["a trailing space", "a "],
	])("with %s in its name is exactly that file", async (_, name) => {
		const place = makePlace({ "e.txt": "neighbour\n" });
		await withGate(place, async (gate) =>
			expect(await approved(gate, write(name))).toMatchObject({ outcome: "executed" }),
		);
		expect(readdirSync(place.workspace).sort()).toEqual([".countersign", "e.txt", name].sort());
		expect(readFileSync(join(place.workspace, name), "utf8")).toBe("new\n");
	});
});

describe("what became something else while it waited is not touched", () => {
	const changes: [string, (path: string) => void][] = [
		[
			"a folder",
			(path) => {
				rmSync(path);
				mkdirSync(path);
			},
		],
		[
			"a pipe",
			(path) => {
				rmSync(path);
				execFileSync("mkfifo", [path]);
			},
		],
		[
			"a link to elsewhere",
			(path) => {
				rmSync(path);
				symlinkSync("/etc/hostname", path);
			},
		],
	];
	test.each(changes)("%s", async (_, change) => {
		const place = makePlace({ "a.txt": "old\n" });
		const path = join(place.workspace, "a.txt");
		await withGate(place, async (gate) => {
			const submission = await gate.submit(agent, { key: "k", action: write("a.txt") });
			if (submission.kind === "passed") throw new Error();
			change(path);
			const before = lstatSync(path);
			await gate.decide(submission.request.id, { kind: "approve", revision: 1 }, alice).catch(() => undefined);
			expect(gate.state(submission.request.id).outcome).toBeNull();
			expect(lstatSync(path).ino).toBe(before.ino);
		});
	});

	test("a parent folder that was swapped for a link", async () => {
		const place = makePlace({ "dir/a.txt": "old\n", "other/a.txt": "old\n" });
		await withGate(place, async (gate) => {
			const state = await approved(gate, write("dir/a.txt"), () => {
				renameSync(join(place.workspace, "dir"), join(place.workspace, "dir-was"));
				symlinkSync("other", join(place.workspace, "dir"));
			});
			expect(state).toMatchObject({ status: "waiting", revision: 2 });
		});
		expect(readFileSync(join(place.workspace, "other/a.txt"), "utf8")).toBe("old\n");
		expect(readFileSync(join(place.workspace, "dir-was/a.txt"), "utf8")).toBe("old\n");
	});
});

describe("a deleted folder", () => {
	test("of 2,000 entries is bound as a whole, kept, and its links are not followed", async () => {
		const files = Object.fromEntries(Array.from({ length: 1990 }, (_, n) => [`tree/${n % 10}/${n}.txt`, `${n}\n`]));
		const place = makePlace({ ...files, "outside.txt": "stays\n" });
		symlinkSync("../outside.txt", join(place.workspace, "tree", "link"));
		await withGate(place, async (gate) => {
			const submission = await gate.submit(agent, {
				key: "k",
				action: { tool: "file_delete", path: "tree", recursive: true },
			});
			if (submission.kind === "passed") throw new Error();
			expect(submission.request.plan).toMatchObject({ tier: "high", targets: [{ listing: { entries: 2002 } }] });
			await gate.decide(submission.request.id, { kind: "approve", revision: 1 }, alice);
			expect(await gate.verdict(submission.request.id)).toMatchObject({ outcome: "executed" });
			const { digest = "" } = submission.request.plan.targets[0]?.listing ?? {};
			const manifest = readFileSync(join(place.home, "blobs", digest.slice(0, 2), digest), "utf8");
			expect(JSON.parse(manifest)).toHaveLength(2002);
		});
		expect(existsSync(join(place.workspace, "tree"))).toBe(false);
		expect(readFileSync(join(place.workspace, "outside.txt"), "utf8")).toBe("stays\n");
		expect(readFileSync(blobOf(place, "7\n"), "utf8")).toBe("7\n");
	}, 60_000);

	test("in which a file was added meanwhile is not deleted", async () => {
		const place = makePlace({ "tree/a.txt": "a\n" });
		const state = await withGate(place, (gate) =>
			approved(gate, { tool: "file_delete", path: "tree", recursive: true }, () =>
				writeFileSync(join(place.workspace, "tree/new.txt"), "work\n"),
			),
		);
		expect(state).toMatchObject({ status: "waiting", revision: 2 });
		expect(readFileSync(join(place.workspace, "tree/new.txt"), "utf8")).toBe("work\n");
	});
});

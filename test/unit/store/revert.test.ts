import {
	chmodSync,
	existsSync,
	lstatSync,
	mkdirSync,
	readFileSync,
	readlinkSync,
	rmSync,
	statSync,
	symlinkSync,
	unlinkSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { Gate } from "../../../src/core/gate.ts";
import type { Request } from "../../../src/core/request.ts";
import type { Action } from "../../../src/protocol/action.ts";
import { journalOf, makePlace, type Place } from "../../support/gateProcess.ts";
import { leftovers } from "../../support/leftovers.ts";
import { openTestGate } from "../../support/openGate.ts";

const ME = { by: "li", via: "terminal" } as const;
const AGENT = { agent: "test", session: "s" };
const BYTES = Buffer.from([0xff, 0x00, 0x0a, 0xc3, 0x28, 0x0d, 0x0a]);

let open: { gate: Gate; close(): Promise<void> }[] = [];
afterEach(async () => {
	for (const { close } of open) await close();
	open = [];
});

async function gateAt(place: Place) {
	const opened = await openTestGate(place);
	open.push(opened);
	return opened;
}

let keys = 0;

/** An agent asks, a person approves, the gate does it. */
async function done(gate: Gate, action: Action, apply?: "agent"): Promise<Request> {
	const asked = await gate.submit(AGENT, { key: `k${++keys}`, action, ...(apply ? { apply } : {}) });
	if (asked.kind !== "asked") throw new Error("passed");
	return approved(gate, asked.request);
}

async function approved(gate: Gate, request: Request): Promise<Request> {
	const result = await gate.decide(request.id, { kind: "approve", revision: request.revision }, ME);
	expect(result).toMatchObject({ kind: "done" });
	if (request.apply === "gate") await gate.verdict(request.id);
	return gate.require(request.id);
}

const at = (place: Place, path: string) => join(place.workspace, path);

test("a write is put back to the byte and to its permissions, by a request that shows it and waits", async () => {
	const place = makePlace({ "run.sh": BYTES });
	chmodSync(at(place, "run.sh"), 0o755);
	const { gate } = await gateAt(place);
	const write = await done(gate, { tool: "file_write", path: "run.sh", content: "new\n" });
	chmodSync(at(place, "run.sh"), 0o600);

	const revert = await gate.revert(write.id, ME);
	expect(revert).toMatchObject({
		status: "waiting",
		identity: { agent: "countersign", session: "" },
		intent: `Put back what #${write.seq} changed.`,
		restores: { request: write.id, seq: write.seq, by: "li", via: "terminal" },
		plan: { tier: "high", why: ["Its permissions change too, from 600 to 755."] },
	});
	expect(readFileSync(at(place, "run.sh"), "utf8"), "nothing before the decision").toBe("new\n");
	expect(await approved(gate, revert)).toMatchObject({ outcome: "executed" });
	expect(readFileSync(at(place, "run.sh"))).toEqual(BYTES);
	expect(statSync(at(place, "run.sh")).mode & 0o7777).toBe(0o755);

	const record = (await journalOf(place)).find(({ type, request }) => type === "REQUEST" && request === revert.id);
	expect(record).toMatchObject({ by: "li", via: "terminal", data: { reverts: write.id } });

	// What was put back can be undone like anything else.
	await approved(gate, await gate.revert(revert.id, ME));
	expect(readFileSync(at(place, "run.sh"), "utf8")).toBe("new\n");
	expect(statSync(at(place, "run.sh")).mode & 0o7777).toBe(0o600);
});

test("a new file is undone by deleting it", async () => {
	const place = makePlace();
	const { gate } = await gateAt(place);
	const write = await done(gate, { tool: "file_write", path: "made/new.txt", content: "made\n", base: null });
	const revert = await gate.revert(write.id, ME);
	expect(revert).toMatchObject({ action: { tool: "file_delete" }, plan: { tier: "normal", why: [] } });
	await approved(gate, revert);
	expect(existsSync(at(place, "made/new.txt"))).toBe(false);
	await expect(gate.revert(write.id, ME)).rejects.toThrow(/gone already, as it was before/);
});

test("a deleted file comes back with its bytes and permissions", async () => {
	const place = makePlace({ "keys/victim.bin": BYTES });
	chmodSync(at(place, "keys/victim.bin"), 0o640);
	const { gate } = await gateAt(place);
	const deletion = await done(gate, { tool: "file_delete", path: "keys/victim.bin" });
	rmSync(at(place, "keys"), { recursive: true });
	await approved(gate, await gate.revert(deletion.id, ME));
	expect(readFileSync(at(place, "keys/victim.bin"))).toEqual(BYTES);
	expect(statSync(at(place, "keys/victim.bin")).mode & 0o7777).toBe(0o640);
});

test("a deleted folder comes back whole: files, empty folders, links and permissions", async () => {
	const place = makePlace({ "tree/a.bin": BYTES, "tree/sub/run.sh": "run\n" });
	mkdirSync(at(place, "tree/empty"), { mode: 0o750 });
	chmodSync(at(place, "tree/sub/run.sh"), 0o755);
	symlinkSync("../elsewhere", at(place, "tree/link"));
	const { gate } = await gateAt(place);
	const deletion = await done(gate, { tool: "file_delete", path: "tree", recursive: true });
	expect(existsSync(at(place, "tree"))).toBe(false);
	const revert = await gate.revert(deletion.id, ME);
	expect(revert.plan.targets[0]?.listing).toMatchObject({ entries: 6 });
	expect(await approved(gate, revert)).toMatchObject({ outcome: "executed" });
	expect(readFileSync(at(place, "tree/a.bin"))).toEqual(BYTES);
	expect(statSync(at(place, "tree/sub/run.sh")).mode & 0o777).toBe(0o755);
	expect(statSync(at(place, "tree/empty")).mode & 0o777).toBe(0o750);
	expect(readlinkSync(at(place, "tree/link"))).toBe("../elsewhere");
	expect(leftovers(place.workspace)).toEqual([]);

	const again = await gate.revert(revert.id, ME);
	expect(again).toMatchObject({ action: { tool: "file_delete", recursive: true }, plan: { tier: "high" } });
	await approved(gate, again);
	expect(existsSync(at(place, "tree"))).toBe(false);
});

test("a deleted link comes back as a link", async () => {
	const place = makePlace({ "a.txt": "a\n" });
	symlinkSync("a.txt", at(place, "link"));
	const { gate } = await gateAt(place);
	const deletion = await done(gate, { tool: "file_delete", path: "link" });
	await approved(gate, await gate.revert(deletion.id, ME));
	expect(lstatSync(at(place, "link")).isSymbolicLink()).toBe(true);
	expect(readlinkSync(at(place, "link"))).toBe("a.txt");
});

test("what came after is shown and said before it is undone, and is never mixed in", async () => {
	const lines = Array.from({ length: 20 }, (_, at) => `${at + 1}`);
	const textWith = (changes: Readonly<Record<number, string>>) =>
		`${lines.map((text, at) => changes[at + 1] ?? text).join("\n")}\n`;
	const place = makePlace({ "a.txt": textWith({}) });
	const { gate, blobs } = await gateAt(place);
	const write = await done(gate, { tool: "file_write", path: "a.txt", content: textWith({ 1: "ONE" }) });
	writeFileSync(at(place, "a.txt"), textWith({ 1: "ONE", 20: "mine" }));
	const revert = await gate.revert(write.id, ME);
	expect(revert.plan).toMatchObject({
		tier: "high",
		why: [`It changed again after #${write.seq}: that is undone too.`],
	});
	const [target] = revert.plan.targets;
	expect(Buffer.from(await blobs.get(target?.base?.sha256 ?? "")).toString()).toContain("mine");

	writeFileSync(at(place, "a.txt"), textWith({ 1: "ONE", 10: "TEN", 20: "mine" }));
	const refused = await gate.decide(revert.id, { kind: "approve", revision: 1 }, ME);
	expect(refused).toMatchObject({ kind: "refused", reason: expect.stringContaining("Look at revision 2") });
	await approved(gate, gate.require(revert.id));
	expect(readFileSync(at(place, "a.txt"), "utf8")).toBe(textWith({}));
});

test("where only the permissions are not those of before, they alone come back", async () => {
	const place = makePlace({ "run.sh": "old\n" });
	chmodSync(at(place, "run.sh"), 0o755);
	const { gate } = await gateAt(place);
	const write = await done(gate, { tool: "file_write", path: "run.sh", content: "new\n" });
	writeFileSync(at(place, "run.sh"), "old\n");
	chmodSync(at(place, "run.sh"), 0o600);
	await approved(gate, await gate.revert(write.id, ME));
	expect(statSync(at(place, "run.sh")).mode & 0o7777).toBe(0o755);
});

test("a folder does not come back over what is there now", async () => {
	const place = makePlace({ "tree/a.txt": "a\n" });
	const { gate } = await gateAt(place);
	const deletion = await done(gate, { tool: "file_delete", path: "tree", recursive: true });
	const revert = await gate.revert(deletion.id, ME);
	mkdirSync(at(place, "tree"));
	writeFileSync(at(place, "tree/new.txt"), "new\n");
	const refused = await gate.decide(revert.id, { kind: "approve", revision: 1 }, ME);
	expect(refused.kind).toBe("refused");
	const again = await gate.decide(revert.id, { kind: "approve", revision: 2 }, ME);
	expect(again).toMatchObject({ kind: "refused", reason: expect.stringContaining("Move it away first") });
	expect(readFileSync(at(place, "tree/new.txt"), "utf8")).toBe("new\n");
	expect(existsSync(at(place, "tree/a.txt"))).toBe(false);
});

test("asking twice is one waiting request, also at once and after a restart; once it was decided it is a new one", async () => {
	const place = makePlace({ "a.txt": "old\n" });
	const first = await gateAt(place);
	const write = await done(first.gate, { tool: "file_write", path: "a.txt", content: "new\n" });
	const [one, other] = await Promise.all([first.gate.revert(write.id, ME), first.gate.revert(write.id, ME)]);
	expect(other.id).toBe(one.id);
	await first.close();
	open = [];

	const { gate } = await gateAt(place);
	expect(gate.pending().map(({ id, restores }) => ({ id, reverts: restores?.request }))).toEqual([
		{ id: one.id, reverts: write.id },
	]);
	const again = await gate.revert(write.id, ME);
	expect(again.id).toBe(one.id);
	await gate.decide(again.id, { kind: "deny", reason: "" }, ME);
	const next = await gate.revert(write.id, ME);
	expect(next.id).not.toBe(one.id);
	await approved(gate, next);
	expect(readFileSync(at(place, "a.txt"), "utf8")).toBe("old\n");
	await expect(gate.revert(write.id, ME)).rejects.toThrow(/as it was before already/);
});

test("what is not kept any more is said so, and nothing is asked", async () => {
	const place = makePlace({ "a.txt": "old\n", "tree/b.txt": "b\n" });
	const { gate } = await gateAt(place);
	const write = await done(gate, { tool: "file_write", path: "a.txt", content: "new\n" });
	const deletion = await done(gate, { tool: "file_delete", path: "tree", recursive: true });
	rmSync(join(place.home, "blobs"), { recursive: true });
	for (const { id } of [write, deletion])
		await expect(gate.revert(id, ME)).rejects.toThrow(/not kept any more: contents are kept for 30 days/);
	expect(gate.pending()).toEqual([]);
});

test("what changed nothing, or is not over, is not put back", async () => {
	const place = makePlace({ "a.txt": "old\n" });
	const { gate } = await gateAt(place);
	const denied = await gate.submit(AGENT, { key: "d", action: { tool: "file_delete", path: "a.txt" } });
	if (denied.kind !== "asked") throw new Error("passed");
	await expect(gate.revert(denied.request.id, ME)).rejects.toThrow(/was not approved/);
	await gate.decide(denied.request.id, { kind: "deny", reason: "" }, ME);
	await expect(gate.revert(denied.request.id, ME)).rejects.toThrow(/was not approved/);
	const command = await done(gate, { tool: "shell_execute", command: "true" });
	await expect(gate.revert(command.id, ME)).rejects.toThrow(/not over yet/);
	await gate.verdict(command.id);
	await gate.report(command.id, "executed");
	await expect(gate.revert(command.id, ME)).rejects.toThrow(/no write or delete/);
	await expect(gate.revert("0".repeat(32), ME)).rejects.toThrow(/no request/);
});

test("what an agent wrote itself, once allowed, is put back too", async () => {
	const place = makePlace({ "a.txt": "old\n" });
	const { gate } = await gateAt(place);
	const write = await done(gate, { tool: "file_write", path: "a.txt", content: "new\n" }, "agent");
	await gate.verdict(write.id);
	writeFileSync(at(place, "a.txt"), "new\n");
	await gate.report(write.id, "executed");
	await approved(gate, await gate.revert(write.id, ME));
	expect(readFileSync(at(place, "a.txt"), "utf8")).toBe("old\n");
});

test("a rule that lets agents write does not put anything back by itself", async () => {
	const place = makePlace(
		{ "docs/a.md": "old\n" },
		"rules:\n  - { id: docs, effect: allow, tool: file_write, path: 'docs/**' }\n",
	);
	const { gate } = await gateAt(place);
	const asked = await gate.submit(AGENT, {
		key: "r",
		action: { tool: "file_write", path: "docs/a.md", content: "new\n" },
	});
	if (asked.kind !== "asked") throw new Error("passed");
	expect(await gate.verdict(asked.request.id)).toMatchObject({ outcome: "executed", decision: { by: "rule docs" } });
	expect(await gate.revert(asked.request.id, ME)).toMatchObject({ status: "waiting" });
	expect(readFileSync(at(place, "docs/a.md"), "utf8")).toBe("new\n");
});

test("a folder that held something protected comes back only as that: protected", async () => {
	const place = makePlace({ "app/.vscode/settings.json": "{}\n" });
	const { gate } = await gateAt(place);
	const editor = { by: "li", via: "editor" } as const;
	const asked = await gate.submit(AGENT, { key: "p", action: { tool: "file_delete", path: "app", recursive: true } });
	if (asked.kind !== "asked") throw new Error("passed");
	await gate.decide(asked.request.id, { kind: "approve", revision: 1 }, editor);
	await gate.verdict(asked.request.id);
	const revert = await gate.revert(asked.request.id, ME);
	expect(revert.plan.tier).toBe("protected");
	expect(await gate.decide(revert.id, { kind: "approve", revision: 1 }, ME)).toMatchObject({ kind: "refused" });
	expect(existsSync(at(place, "app"))).toBe(false);
});

test("a place that became a link is not written through", async () => {
	const place = makePlace({ "a.txt": "old\n", "other.txt": "other\n" });
	const { gate } = await gateAt(place);
	const write = await done(gate, { tool: "file_write", path: "a.txt", content: "new\n" });
	unlinkSync(at(place, "a.txt"));
	symlinkSync("other.txt", at(place, "a.txt"));
	await expect(gate.revert(write.id, ME)).rejects.toThrow(/is a link now/);
});

test("no agent and no phone puts anything back, and none passes for the gate", async () => {
	const place = makePlace({ "a.txt": "old\n" });
	const { gate } = await gateAt(place);
	const write = await done(gate, { tool: "file_write", path: "a.txt", content: "new\n" });
	for (const via of ["telegram", "discord"] as const)
		await expect(gate.revert(write.id, { by: "li", via })).rejects.toThrow(/Do it at the desk/);
	const revert = await gate.revert(write.id, ME);
	for (const agent of ["countersign", " Countersign ", "ｃountersign"])
		await expect(
			gate.submit({ agent, session: "" }, { key: "x", action: { tool: "file_delete", path: "a.txt" } }),
		).rejects.toThrow(/gate's own name/);
	expect(() => gate.requireOwn(revert.id, { agent: "countersign", session: "" })).toThrow(/no request/);
});

import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { folderIdOf } from "../../src/store/home.ts";
import { connectAgent, submit } from "../support/agent.ts";
import { GateProcess, makePlace } from "../support/gateProcess.ts";
import { Desk, makeFolder, meanIt, read, settle } from "../support/vscode/desk.ts";
import { openWindow, type Window } from "../support/vscode/window.ts";

const open: { close(): Promise<void> }[] = [];
const keep = <T extends { close(): Promise<void> }>(one: T): T => {
	open.unshift(one);
	return one;
};

afterEach(async () => {
	for (const one of open.splice(0)) await one.close();
});

async function approve(window: Window, row: string): Promise<void> {
	await read(window, row);
	await meanIt(window);
}

test("a second window shows the queue and decides nothing, until the first hands the gate over", async () => {
	const desk = keep(await Desk.open({ "a.txt": "a\n" }));
	const first = desk.window;
	const asked = await desk.ask({ tool: "file_write", path: "a.txt", content: "b\n" });
	const gone = await desk.discovery();
	const second = keep(await first.second());
	await second.view();
	await approve(second, "edit a.txt");
	await second.toast("Another window").waitFor();
	await second.screenshot("dist/shots/second.png");
	expect(desk.decisions()).toEqual([]);

	await second.toast("Another window").getByRole("button", { name: "Take Over" }).click();
	const question = first.toast("asks for the gate");
	await question.waitFor();
	await first.screenshot("dist/shots/hand-over.png");
	await question.getByRole("button", { name: "Hand Over…" }).click();
	await first.dialog().getByRole("button", { name: "Hand Over" }).click();
	const [resumed] = await desk.resume(gone, [asked]);
	await settle(second);
	await meanIt(second);
	expect(await resumed?.verdict).toMatchObject({ status: "approved", outcome: "executed" });
	expect(desk.audit().map(({ type }) => type)).toContain("HANDOVER");
}, 120_000);

test("a window that is asked for its gate may keep it", async () => {
	const desk = keep(await Desk.open({ "a.txt": "a\n" }));
	const held = await desk.discovery();
	const second = keep(await desk.window.second());
	await second.view();
	await second.command("Countersign: Take Over the Gate");
	const question = desk.window.toast("asks for the gate");
	await question.getByRole("button", { name: "Keep It Here" }).click();
	await settle(second);
	expect((await desk.discovery()).token).toBe(held.token);
}, 120_000);

test("when the window that holds the gate closes, the other one has it", async () => {
	const desk = await Desk.open({ "a.txt": "a\n" });
	const asked = await desk.ask({ tool: "file_write", path: "a.txt", content: "b\n" });
	const gone = await desk.discovery();
	const second = keep(await desk.window.second());
	await second.view();
	await desk.window.close();
	const [resumed] = await desk.resume(gone, [asked]);
	await approve(second, "edit a.txt");
	expect(await resumed?.verdict).toMatchObject({ status: "approved", outcome: "executed" });
}, 120_000);

test("a window takes the gate over from serve with an agent waiting, and gives it back when it closes", async () => {
	const place = makePlace({ "a.txt": "a\n", "b.txt": "b\n" });
	const serve = await GateProcess.start(place);
	const before = serve.discovery;
	const agent = await connectAgent(serve, "night-agent", "session-1");
	const action = { tool: "file_write" as const, path: "a.txt", content: "new\n" };
	const lost = submit(agent, "asked-of-serve", action);
	lost.catch(() => undefined);
	const { id } = await serve.request(1);

	const desk = await Desk.at(place.workspace, { environment: { COUNTERSIGN_HOME: place.home } });
	const [asked] = await desk.resume(before, [{ id, key: "asked-of-serve", action, verdict: lost }]);
	await expect(lost).rejects.toThrow("The request is kept");
	await desk.window.view();
	await approve(desk.window, "edit a.txt");
	expect(await asked?.verdict).toMatchObject({ id, status: "approved", decision: { via: "editor" } });
	const other = await desk.ask({ tool: "file_write", path: "b.txt", content: "new\n" });
	const gone = await desk.discovery();
	await desk.window.close();
	const [resumed] = await desk.resume(gone, [other]);
	await serve.approve(other.id);
	expect(await resumed?.verdict).toMatchObject({ status: "approved", decision: { via: "terminal" } });
	const handovers = desk.audit().filter(({ type }) => type === "HANDOVER");
	expect(handovers.map(({ summary }) => summary)).toEqual([expect.stringMatching(/^from serve to editor/)]);
	await serve.kill();
}, 120_000);

test("a window of several folders holds a gate for each", async () => {
	const folders = [makeFolder({ "one.txt": "1\n" }, "first-"), makeFolder({ "two.txt": "2\n" }, "second-")];
	const [first = "", second = ""] = folders;
	const window = await openWindow({ folders });
	const desks = [Desk.of(window, first), Desk.of(window, second)];
	keep(window);
	await window.view();
	const asked = await desks[0]?.ask({ tool: "file_write", path: "one.txt", content: "11\n" });
	await desks[1]?.ask({ tool: "file_write", path: "two.txt", content: "22\n" });
	await window.row("edit two.txt").first().waitFor();
	await window.screenshot("dist/shots/folders.png");
	await window.command("Countersign: New Terminal for an Agent");
	await window.palette.pick(basename(second));
	await window.page.locator(".xterm-rows", { hasText: /[$#]/ }).waitFor();
	await window.type("pwd > where.txt; echo $COUNTERSIGN_ENDPOINT >> where.txt\n");
	const where = () => existsSync(join(second, "where.txt")) && readFileSync(join(second, "where.txt"), "utf8");
	await expect.poll(where).toMatch(`${second}\n/`);
	expect(where()).toContain(`${folderIdOf(second)}.json`);

	await approve(window, "edit one.txt");
	expect(await asked?.verdict).toMatchObject({ status: "approved", outcome: "executed" });
	expect(desks[1]?.decisions()).toEqual([]);
}, 120_000);

import { writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Desk, goTo, look, meanIt, read, settle } from "../support/vscode/desk.ts";

const TEXT = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\n";

let desk: Desk;

beforeAll(async () => {
	desk = await Desk.open({ "mine.txt": TEXT, "base.txt": TEXT });
	await desk.window.view();
});

afterEach(async () => {
	await desk.cancelAll();
	await settle(desk.window);
	await desk.window.command("Notifications: Clear All Notifications");
});

afterAll(() => desk?.close());

const nineToNeun = { tool: "file_write" as const, path: "mine.txt", edits: [{ old: "nine", new: "neun" }] };

/** A change of the person's own that is not saved. */
async function typeInto(name: string): Promise<void> {
	await desk.window.openFile(name);
	await goTo(desk.window, 1, 1);
	await desk.window.type("my own ");
	await desk.window.tab(name).and(desk.window.page.locator(".dirty")).waitFor();
}

async function approve(row: string): Promise<void> {
	await read(desk.window, row);
	await meanIt(desk.window);
}

test("T29: over unsaved text nothing is written, and the text stays as it is; saved and looked at again, it is", async () => {
	const { window } = desk;
	writeFileSync(desk.path("mine.txt"), TEXT);
	await typeInto("mine.txt");
	const asked = await desk.ask(nineToNeun);
	await approve("edit mine.txt");
	const refusal = window.toast("not saved");
	await refusal.waitFor();
	await window.screenshot("dist/shots/unsaved.png");
	expect(await desk.stateOf(asked)).toMatchObject({ status: "waiting" });
	expect(desk.read("mine.txt")).toBe(TEXT);

	await refusal.getByRole("button", { name: "Save and Look Again" }).click();
	await expect.poll(() => desk.read("mine.txt")).toBe(`my own ${TEXT}`);
	await look(window);
	await meanIt(window);
	expect(await approvedInTheEnd(asked)).toMatchObject({ status: "approved", outcome: "executed" });
	expect(desk.read("mine.txt")).toBe(`my own ${TEXT.replace("nine", "neun")}`);
});

/** The base moved when the person saved: the first press shows the next revision, the second means it. */
async function approvedInTheEnd(asked: { verdict: Promise<unknown> }): Promise<unknown> {
	await desk.window.toast("changed after it was shown").waitFor();
	await settle(desk.window);
	await meanIt(desk.window);
	return await asked.verdict;
}

test("or it goes into the unsaved text, where the person decides about all of it, and the agent is told", async () => {
	const { window } = desk;
	writeFileSync(desk.path("mine.txt"), TEXT);
	await settle(window);
	await typeInto("mine.txt");
	const asked = await desk.ask(nineToNeun);
	await approve("edit mine.txt");
	await window.toast("not saved").getByRole("button", { name: "Put into My Buffer" }).click();
	expect(await asked.verdict).toMatchObject({
		status: "denied",
		decision: { reason: expect.stringContaining("their own unsaved text") },
	});
	expect(desk.read("mine.txt")).toBe(TEXT);
	await window.activeTab("mine.txt").waitFor();
	await expect.poll(() => window.editorText()).toContain("neun");
	// The editor has the text a moment before it has the focus: saved once more it is the same.
	const saved = async () => {
		await window.press("Control+KeyS");
		return desk.read("mine.txt");
	};
	await expect.poll(saved).toBe(`my own ${TEXT.replace("nine", "neun")}`);
});

test("a file that changed after it was shown is shown again before it is written", async () => {
	const { window } = desk;
	const asked = await desk.ask({ tool: "file_write", path: "base.txt", content: TEXT.replace("nine", "neun") });
	await read(window, "edit base.txt");
	writeFileSync(desk.path("base.txt"), TEXT.replace("one", "eins"));
	await meanIt(window);
	await window.toast("changed after it was shown").waitFor();
	expect(await desk.stateOf(asked)).toMatchObject({ status: "waiting", revision: 2 });
	expect(desk.read("base.txt")).toBe(TEXT.replace("one", "eins"));
	await expect.poll(() => window.editorText()).toContain("eins");
	await settle(window);
	await meanIt(window);
	expect(await asked.verdict).toMatchObject({ status: "approved", outcome: "executed" });
	expect(desk.read("base.txt")).toBe(TEXT.replace("one", "eins").replace("nine", "neun"));
});

test("what the reviewer had changed is carried over to the file that moved on", async () => {
	const { window } = desk;
	writeFileSync(desk.path("base.txt"), TEXT);
	const asked = await desk.ask({ tool: "file_write", path: "base.txt", content: TEXT.replace("nine", "neun") });
	await read(window, "edit base.txt");
	await window.press("Control+End");
	await window.type("checked");
	writeFileSync(desk.path("base.txt"), TEXT.replace("one", "eins"));
	await settle(window);
	await meanIt(window);
	await window.toast("changed after it was shown").waitFor();
	await expect.poll(() => window.editorText()).toContain("eins");
	await settle(window);
	await meanIt(window);
	expect(await asked.verdict).toMatchObject({ status: "approved", outcome: "executed" });
	expect(desk.read("base.txt")).toBe(`${TEXT.replace("one", "eins").replace("nine", "neun")}checked`);
});

test("the box above it tells of the new revision, and keeps the reason that is being typed", async () => {
	const { window } = desk;
	writeFileSync(desk.path("base.txt"), TEXT);
	const content = `${TEXT.replace("nine", "neun")}${"\n".repeat(100)}last\n`;
	const asked = await desk.ask({ tool: "file_write", path: "base.txt", content }, "For the Germans.");
	await read(window, "edit base.txt");
	const box = window.page.locator(".review-widget");
	const said = async () => ((await box.locator(".comment-body").textContent()) ?? "").replaceAll("\u00a0", " ");
	await expect.poll(said).toContain("it goes on at line 111.");
	await box.getByText("Deny with a reason…").click();
	await window.type("Not before");
	writeFileSync(desk.path("base.txt"), `zero\n${TEXT}`);
	// What is pressed so soon after something was typed is not meant.
	await settle(window);
	await window.titleAction("Approve");
	await window.dialog().getByRole("button", { name: "Approve Once" }).click();
	await expect.poll(said).toContain("it goes on at line 112.");
	expect(await said()).toContain("For the Germans.");
	expect(await desk.stateOf(asked)).toMatchObject({ status: "waiting", revision: 2 });
	await box.getByText("Not before").click();
	await window.press("End");
	await window.type(" noon.");
	await window.press("Control+Enter");
	expect(await asked.verdict).toMatchObject({ status: "denied", decision: { reason: "Not before noon." } });
});

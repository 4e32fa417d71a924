import { rmSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Desk, look, meanIt, read, settle } from "../support/vscode/desk.ts";

let desk: Desk;

/** As a person's own settings say it, each other than without them. */
beforeAll(async () => {
	desk = await Desk.open(
		{ "a.txt": "a\n", "b.txt": "b\n", "c.txt": "c\n" },
		{
			settings: {
				"files.autoSave": "afterDelay",
				"files.autoSaveDelay": 200,
				"countersign.inline.codeLens": false,
				"countersign.inline.marks": false,
				"countersign.notify.includeContent": false,
				"countersign.review.column": "beside",
			},
		},
	);
});

afterEach(() => desk.cancelAll());

afterAll(() => desk?.close());

const groups = () => desk.window.page.locator(".editor-group-container");

test("a notification that is to name no file names none, and reviews open beside what is open, one after the other", async () => {
	const { window } = desk;
	await window.openFile("a.txt");
	await desk.ask({ tool: "file_write", path: "c.txt", content: "secret\n" });
	const toast = window.toast("night-agent waits for you.");
	await toast.waitFor();
	expect((await window.toasts()).join()).not.toContain("c.txt");
	await toast.getByRole("button", { name: "Review" }).click();
	await look(window);
	expect(await groups().count()).toBe(2);
	await window.page.locator(".editor-group-container:not(.active) .tab.active", { hasText: "a.txt" }).waitFor();
	await desk.ask({ tool: "file_write", path: "b.txt", content: "another\n" });
	await window.command("Countersign: Next Request");
	await look(window, "b.txt");
	expect(await groups().count()).toBe(2);
});

test("without marks and the line above them an open file looks as it does without Countersign", async () => {
	const { window } = desk;
	await window.openFile("b.txt");
	await desk.ask({ tool: "file_write", path: "b.txt", content: "changed\n" });
	await window.statusBar("1 waiting").waitFor();
	await settle(window);
	expect(await window.page.locator(".codelens-decoration a:visible").count()).toBe(0);
	expect((await window.decorations(".editor-instance")).join()).not.toContain("changed");
});

test("files that save themselves: what a reviewer types into a proposal is in no file before it is approved, then all of it", async () => {
	const { window } = desk;
	const asked = await desk.ask({ tool: "file_write", path: "a.txt", content: "new a\n" });
	await window.view();
	await read(window, "edit a.txt");
	await window.press("Control+End");
	await window.type("mine");
	// Five times as long as an editor waits before it saves.
	await window.page.waitForTimeout(1000);
	await settle(window);
	expect(await window.tab("asked by").and(window.page.locator(".dirty")).count()).toBe(0);
	expect(desk.read("a.txt")).toBe("a\n");
	expect(await desk.stateOf(asked)).toMatchObject({ status: "waiting" });
	await meanIt(window);
	expect(await asked.verdict).toMatchObject({ status: "approved", outcome: "executed" });
	expect(desk.read("a.txt")).toBe("new a\nmine");
});

test("a review that needs another title takes the place of the one before, and the keys stay with whatever has them", async () => {
	const { window } = desk;
	await window.command("View: Close All Editors");
	await window.openFile("c.txt");
	await window.view();
	const asked = await desk.ask({ tool: "file_write", path: "b.txt", content: "changed\n" });
	await read(window, "edit b.txt");
	expect(await groups().count()).toBe(2);
	rmSync(desk.path("b.txt"));
	await window.command("Explorer: Focus on Folders View");
	const focused = window.page.locator(".part.sidebar :focus");
	await focused.waitFor();
	await window.press("Shift+Alt+KeyY");
	await look(window, "b.txt · create, asked by");
	expect(await desk.stateOf(asked)).toMatchObject({ status: "waiting", revision: 2 });
	expect(await groups().count()).toBe(2);
	expect(await window.tab("b.txt · edit").count()).toBe(0);
	expect(await focused.count()).toBe(1);
	expect(await window.editorText()).toContain("changed");
});

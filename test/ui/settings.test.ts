import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Desk, look, read, settle } from "../support/vscode/desk.ts";

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

test("a notification that is to name no file names none, and the review opens beside what is open", async () => {
	const { window } = desk;
	await window.openFile("a.txt");
	await desk.ask({ tool: "file_write", path: "c.txt", content: "secret\n" });
	const toast = window.toast("night-agent waits for you.");
	await toast.waitFor();
	expect((await window.toasts()).join()).not.toContain("c.txt");
	await toast.getByRole("button", { name: "Review" }).click();
	await look(window);
	expect(await window.page.locator(".editor-group-container").count()).toBe(2);
	await window.page.locator(".editor-group-container:not(.active) .tab.active", { hasText: "a.txt" }).waitFor();
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
	await window.press("Shift+Alt+KeyY");
	expect(await asked.verdict).toMatchObject({ status: "approved", outcome: "executed" });
	expect(desk.read("a.txt")).toBe("new a\nmine");
});

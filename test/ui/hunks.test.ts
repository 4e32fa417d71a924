import { appendFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Desk, goTo, meanIt, read, settle } from "../support/vscode/desk.ts";

const LINES = Array.from({ length: 60 }, (_, line) => `line ${line + 1}`);
const TEXT = `${LINES.join("\n")}\n`;
/** What becomes of the text when these of its lines are changed. */
const changed = (...lines: number[]) =>
	lines.reduce((text, line) => text.replace(`line ${line}\n`, `LINE ${line}\nmore\n`), TEXT);
const change = (path: string, ...lines: number[]) => ({
	tool: "file_write" as const,
	path,
	content: changed(...lines),
});

let desk: Desk;

beforeAll(async () => {
	desk = await Desk.open({
		"one.txt": TEXT,
		"two.txt": TEXT,
		"three.txt": TEXT,
		"src/app.ts": "export const port = 80;\n",
		"old.txt": "gone soon\n",
	});
	await desk.window.view();
});

afterEach(() => desk.cancelAll());

afterAll(() => desk?.close());

test("one hunk is taken out at the caret, the rest is approved, and exactly that is on disk", async () => {
	const asked = await desk.ask(change("one.txt", 10, 30, 50));
	await read(desk.window, "edit one.txt");
	await goTo(desk.window, 32, 1);
	await desk.window.command("Countersign: Take This Hunk Out");
	await expect.poll(() => desk.window.editorText()).not.toContain("LINE 30");
	await settle(desk.window);
	expect(await desk.stateOf(asked)).toMatchObject({ status: "waiting" });
	await meanIt(desk.window);
	expect(await asked.verdict).toMatchObject({ status: "approved", decision: { edited: true } });
	expect(desk.read("one.txt")).toBe(changed(10, 50));
});

test("only one hunk is kept; one undo brings the others back, and nothing is decided", async () => {
	const asked = await desk.ask(change("two.txt", 10, 30, 50));
	await read(desk.window, "edit two.txt");
	await goTo(desk.window, 10, 1);
	await desk.window.command("Countersign: Keep Only This Hunk");
	const status = desk.window.statusBar("It is the only hunk that is left.");
	await expect
		.poll(async () => {
			await desk.window.command("Countersign: Keep Only This Hunk");
			return status.isVisible();
		})
		.toBe(true);
	await desk.window.press("Control+z");
	await goTo(desk.window, 54, 1);
	await expect.poll(() => desk.window.editorText()).toContain("LINE 50");
	expect(await desk.stateOf(asked)).toMatchObject({ status: "waiting" });
	expect(desk.read("two.txt")).toBe(TEXT);
});

test("at a mark in the open file it opens the review, without that hunk, and decides nothing", async () => {
	const asked = await desk.ask(change("three.txt", 10, 12));
	await desk.window.openFile("three.txt");
	await desk.window.page.locator(".view-overlays .cdr").first().waitFor();
	await goTo(desk.window, 10, 1);
	await desk.window.command("Countersign: Take This Hunk Out");
	await desk.window.activeTab("three.txt · edit, asked by").waitFor();
	await expect.poll(() => desk.window.editorText()).not.toContain("LINE 10");
	expect(await desk.window.editorText()).toContain("LINE 12");
	await settle(desk.window);
	await meanIt(desk.window);
	expect(await asked.verdict).toMatchObject({ status: "approved", decision: { edited: true } });
	expect(desk.read("three.txt")).toBe(changed(12));
});

test("all changes of files stand in one tab, which decides nothing: a key there opens the first of them", async () => {
	const asked = [
		await desk.ask({ tool: "file_write", path: "src/app.ts", content: "export const port = 8080;\n" }),
		await desk.ask({ tool: "file_write", path: "docs/new.md", content: "# New\n" }),
		await desk.ask({ tool: "file_delete", path: "old.txt" }),
		await desk.ask({ tool: "shell_execute", command: "make" }),
	];
	await desk.window.command("Countersign: Review All Together");
	await desk.window.activeTab("3 changes wait").waitFor();
	const shown = desk.window.page
		.locator(".editor-group-container.active .multiDiffEntry, .monaco-multi-diff-editor")
		.first();
	await expect.poll(() => shown.textContent()).toContain("8080");
	await settle(desk.window);
	await desk.window.screenshot("dist/shots/together.png");
	await desk.window.press("Shift+Alt+KeyY");
	await settle(desk.window);
	for (const one of asked) expect(await desk.stateOf(one)).toMatchObject({ status: "waiting" });
	expect(desk.read("src/app.ts")).toBe("export const port = 80;\n");
});

test("the audit log is proven on demand, and a line that is not the journal's is told", async () => {
	await desk.window.command("Countersign: Verify the Audit Log");
	await desk.window.toast(/holds: \d+ records, the chain and the anchor hold/).waitFor();
	appendFileSync(desk.path(".countersign/audit.jsonl"), "{}\n");
	await desk.window.command("Countersign: Verify the Audit Log");
	await desk.window.toast("the published audit file is not a copy of the journal").waitFor();
});

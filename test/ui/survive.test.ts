import { afterEach, beforeEach, expect, test } from "vitest";
import { Desk, look, read, settle } from "../support/vscode/desk.ts";

let desk: Desk;

beforeEach(async () => {
	desk = await Desk.open({ "a.txt": "a\n", "b.txt": "b\n", "c.txt": "c\n" });
	await desk.window.view();
});

afterEach(() => desk?.close());

const threeWaiting = async () => [
	await desk.ask({ tool: "file_write", path: "a.txt", content: "new a\n" }),
	await desk.ask({ tool: "file_delete", path: "b.txt" }),
	await desk.ask({ tool: "shell_execute", command: "make c" }),
];
const rows = ["edit a.txt", "delete b.txt", "run make c"];

async function approveFirst(): Promise<void> {
	await read(desk.window, "edit a.txt");
	await desk.window.press("Shift+Alt+KeyY");
}

test("a reload keeps the queue as it was, and the reviewer's edits; the agent asks on and gets its verdict", async () => {
	const before = await threeWaiting();
	const gone = await desk.discovery();
	await read(desk.window, "edit a.txt");
	await desk.window.press("Control+End");
	await desk.window.type("mine");
	await desk.window.tab("asked by").and(desk.window.page.locator(".dirty")).waitFor();
	await settle(desk.window);
	await desk.window.reload();
	const after = await desk.resume(gone, before);
	for (const row of rows) await desk.window.row(row).first().waitFor();
	await expect.poll(() => desk.window.badge()).toBe("3");
	for (const one of after) expect(await desk.stateOf(one)).toMatchObject({ status: "waiting" });
	expect(desk.decisions()).toEqual([]);
	await approveFirst();
	expect(await after[0]?.verdict).toMatchObject({ status: "approved", outcome: "executed" });
	expect(desk.read("a.txt")).toBe("new a\nmine");
});

test("a reload keeps the box above a review, with the agent's words", async () => {
	const { window } = desk;
	const asked = await desk.ask({ tool: "file_write", path: "a.txt", content: "new a\n" }, "The old text is wrong.");
	const gone = await desk.discovery();
	await read(window, "edit a.txt");
	const box = window.page.locator(".review-widget .comment-body");
	await expect.poll(() => box.textContent()).toContain("The old text is wrong.");
	// Which tabs are open is written down every five seconds; a page that is reloaded sooner opens without the last one.
	await window.page.waitForTimeout(7000);
	await window.reload();
	await desk.resume(gone, [asked]);
	await look(window);
	await expect.poll(() => box.textContent()).toContain("The old text is wrong.");
	expect(await box.count()).toBe(1);
	expect(await desk.stateOf(asked)).toMatchObject({ status: "waiting" });
	expect(desk.decisions()).toEqual([]);
});

test("the extension host killed in mid-wait decides nothing and loses nothing", async () => {
	const before = await threeWaiting();
	const gone = await desk.discovery();
	const explained = await desk.ask({ tool: "file_write", path: "d.txt", content: "d\n" }, "It is missing.");
	await read(desk.window, "create d.txt");
	process.kill(await desk.window.extensionHostPid(), "SIGKILL");
	for (const one of before) await expect(one.verdict).rejects.toThrow();
	// The editor starts the next one by itself, in the window as it stands.
	const after = await desk.resume(gone, before);
	for (const row of rows) await desk.window.row(row).first().waitFor();
	for (const one of [...after, explained]) expect(await desk.stateOf(one)).toMatchObject({ status: "waiting" });
	const box = desk.window.page.locator(".review-widget .comment-body");
	await expect.poll(async () => (await box.allTextContents()).join()).toContain("It is missing.");
	expect(desk.decisions()).toEqual([]);
	expect(desk.read("a.txt")).toBe("a\n");
	await approveFirst();
	expect(await after[0]?.verdict).toMatchObject({ status: "approved", outcome: "executed" });
	expect(desk.read("a.txt")).toBe("new a\n");
}, 120_000);

test("two requests at once are two decisions, each for its own agent", async () => {
	const [one, other] = await Promise.all([
		desk.ask({ tool: "file_write", path: "a.txt", content: "one\n" }),
		desk.ask({ tool: "file_write", path: "c.txt", content: "other\n" }),
	]);
	await read(desk.window, "edit c.txt", "c.txt");
	await desk.window.press("Shift+Alt+KeyY");
	expect(await other.verdict).toMatchObject({ status: "approved", outcome: "executed" });
	expect(await desk.stateOf(one)).toMatchObject({ status: "waiting" });
	expect([desk.read("a.txt"), desk.read("c.txt")]).toEqual(["a\n", "other\n"]);
});

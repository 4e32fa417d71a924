import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Desk, settle } from "../support/vscode/desk.ts";

const PAUSE = 31_000;

let desk: Desk;

beforeAll(async () => {
	desk = await Desk.open({ "a.txt": "a\n", "b.txt": "b\n", "c.txt": "c\n" });
});

afterEach(() => desk.cancelAll());

afterAll(() => desk?.close());

const write = (path: string) => desk.ask({ tool: "file_write", path, content: "changed\n" });

test("what waits unseen is announced once for all of it; dismissed, nothing is decided", async () => {
	const { window } = desk;
	const asked = [await write("a.txt"), await write("b.txt"), await write("c.txt")];
	await window.toast("3 requests wait for you, from night-agent").waitFor();
	await window.screenshot("dist/shots/toast.png");
	expect(await window.toasts()).toHaveLength(1);
	await window.toast().hover();
	await window.toast().locator(".codicon-notifications-clear").click();
	await window.toast().waitFor({ state: "detached" });
	await settle(window);
	for (const one of asked) expect(await desk.stateOf(one)).toMatchObject({ status: "waiting" });
	expect(desk.decisions()).toEqual([]);
	expect(await window.badge()).toBe("3");
});

test("the next announcement keeps its distance, and Review opens what it is about", async () => {
	const { window } = desk;
	const asked = await write("a.txt");
	await settle(window);
	expect(await window.toasts()).toEqual([]);
	await window.toast("night-agent wants to edit a.txt").waitFor({ timeout: PAUSE });
	await window.toast().getByRole("button", { name: "Review" }).click();
	await window.activeTab("a.txt · edit, asked by night-agent").waitFor();
	expect(await desk.stateOf(asked)).toMatchObject({ status: "waiting" });
});

test("with the queue or the file on screen, nothing is announced", async () => {
	const { window } = desk;
	await window.page.waitForTimeout(PAUSE);
	await window.openFile("b.txt");
	await write("b.txt");
	await window.statusBar("1 waiting").waitFor();
	await window.page.waitForTimeout(2000);
	expect(await window.toasts()).toEqual([]);
	await window.view();
	await write("c.txt");
	await window.statusBar("2 waiting").waitFor();
	await window.page.waitForTimeout(2000);
	expect(await window.toasts()).toEqual([]);
});

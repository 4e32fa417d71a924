import { existsSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { GateClient } from "../../src/endpoint/client.ts";
import type { RequestState } from "../../src/protocol/messages.ts";
import { Desk, read, settle } from "../support/vscode/desk.ts";

const write = (path: string, content = `${path}\n`) => ({ tool: "file_write" as const, path, content });

let desk: Desk;

beforeAll(async () => {
	desk = await Desk.open({ "a.txt": "a\n", ".env": "KEY=1\n" });
	await desk.window.view();
});

afterEach(() => desk.cancelAll());

afterAll(() => desk?.close());

const box = (row: string) => desk.window.row(row).first().getByRole("checkbox");
/** Once the row has come to rest: a click may fall between two drawings of it. */
const tick = async (row: string) => {
	for (let attempt = 0; attempt < 5; attempt++) {
		await settle(desk.window);
		if (await box(row).isChecked()) return;
		// What a box says of itself while the mouse rests on it lies over the next row.
		await desk.window.page.mouse.move(700, 600);
		await box(row).click();
		await settle(desk.window);
	}
};
const approveTicked = async () => {
	// A tick goes to the extension and back before the command is offered.
	await settle(desk.window);
	await desk.window.command("Countersign: Approve What Is Ticked…");
};

test("only what was seen and is normal can be ticked, and what is approved together is listed in full", async () => {
	const one = await desk.ask(write("one.txt"));
	const two = await desk.ask(write("two.txt"));
	const secret = await desk.ask(write(".env", "KEY=2\n"));
	const unseen = await desk.ask(write("unseen.txt"));
	await read(desk.window, "create one.txt");
	await read(desk.window, "create two.txt");
	await read(desk.window, "edit .env");
	await box("create one.txt").waitFor();
	await box("create two.txt").waitFor();
	expect(await box("edit .env").count()).toBe(0);
	expect(await box("create unseen.txt").count()).toBe(0);
	await tick("create one.txt");
	await tick("create two.txt");
	await desk.window.screenshot("dist/shots/ticked.png");
	await approveTicked();
	await desk.window.dialog().waitFor();
	const text = (await desk.window.dialog().textContent()) ?? "";
	expect(text).toContain(`1. file_write("${desk.path("one.txt")}") new, 8 bytes`);
	expect(text).toContain(`2. file_write("${desk.path("two.txt")}") new, 8 bytes`);
	await desk.window.screenshot("dist/shots/batch.png");
	await desk.window.press("Enter");
	await desk.window.dialog().waitFor({ state: "detached" });
	expect(existsSync(desk.path("one.txt"))).toBe(false);
	await approveTicked();
	await desk.window.dialog().getByRole("button", { name: "Approve These 2" }).click();
	expect(await one.verdict).toMatchObject({ outcome: "executed", decision: { via: "editor" } });
	expect(await two.verdict).toMatchObject({ outcome: "executed" });
	for (const asked of [secret, unseen]) expect(await desk.stateOf(asked)).toMatchObject({ status: "waiting" });
});

test("what changed after it was ticked is not in the batch any more", async () => {
	const one = await desk.ask({ tool: "file_write", path: "a.txt", edits: [{ old: "a", new: "b" }] });
	await read(desk.window, "edit a.txt");
	await tick("edit a.txt");
	await desk.window.openFile("a.txt");
	await desk.window.type("mine ");
	await desk.window.press("Control+KeyS");
	await settle(desk.window);
	// Away from its line: what is seen as it is now may be ticked again.
	await desk.window.openFile(".env");
	await approveTicked();
	await desk.window.dialog().getByRole("button", { name: "Approve These 1" }).click();
	await settle(desk.window);
	expect(await desk.stateOf(one)).toMatchObject({ status: "waiting", revision: 2 });
	expect(await box("edit a.txt").count()).toBe(0);
	expect(desk.read("a.txt")).toBe("mine a\n");
});

test("a batch is of one agent's session: a tick in another one leaves the first", async () => {
	await desk.ask(write("third.txt"));
	const other = await GateClient.connect(await desk.discovery(), {
		agent: { name: "day-agent" },
		session: { id: "session-2" },
	});
	const { id } = (await other.call("request/submit", {
		key: "k",
		action: write("other.txt"),
		waitMs: 0,
	})) as RequestState;
	await read(desk.window, "create third.txt");
	await read(desk.window, "create other.txt");
	await tick("create third.txt");
	await tick("create other.txt");
	await expect.poll(() => box("create third.txt").isChecked()).toBe(false);
	await approveTicked();
	await desk.window.dialog().getByText("Let day-agent do these 1?").waitFor();
	await desk.window.dialog().getByRole("button", { name: "Look Again" }).click();
	await other.call("request/cancel", { id });
	other.close();
});

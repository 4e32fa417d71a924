import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Desk, meanIt, read, settle } from "../support/vscode/desk.ts";

let desk: Desk;

beforeAll(async () => {
	desk = await Desk.open({ "a.txt": "old\n", "bytes.bin": "" });
	writeFileSync(desk.path("bytes.bin"), Buffer.from([0xff, 0xfe, 0x00, 0x80]));
	mkdirSync(desk.path("kept/deep"), { recursive: true });
	writeFileSync(desk.path("kept/one.txt"), "one\n");
	writeFileSync(desk.path("kept/deep/two.txt"), "two\n");
	await desk.window.view();
	await desk.window.row("Decided").waitFor({ state: "detached" });
});

afterAll(() => desk?.close());

/** What was done is in the history; its button asks to undo it, and opens what would be done for reading. */
async function putBack(row: string, tab: string): Promise<void> {
	const { window } = desk;
	await window.row("Waiting").waitFor({ state: "detached" });
	if ((await window.row(row).count()) === 0) await window.clickRow("Decided");
	await window.rowActionUntil(row, "Put It Back…", window.activeTab(tab));
	await settle(window);
}

const approve = () => meanIt(desk.window);

test("what an agent wrote is put back from the history, once the person has read and approved that too", async () => {
	const { window } = desk;
	const asked = await desk.ask({ tool: "file_write", path: "a.txt", content: "new\n" });
	await read(window, "edit a.txt");
	await approve();
	expect(await asked.verdict).toMatchObject({ outcome: "executed" });
	expect(readFileSync(desk.path("a.txt"), "utf8")).toBe("new\n");

	await putBack("edit a.txt", "a.txt · put back, asked by countersign");
	await window.page.getByText(/via editor asks to undo #\d+\./).waitFor();
	await window.screenshot("dist/shots/put-back.png");
	expect(readFileSync(desk.path("a.txt"), "utf8")).toBe("new\n");
	await approve();
	await expect.poll(() => readFileSync(desk.path("a.txt"), "utf8")).toBe("old\n");
	const reverts = desk.audit().filter(({ data }) => data !== undefined && "reverts" in data);
	expect(reverts.map(({ request, data }) => [request === asked.id, data?.reverts])).toEqual([[false, asked.id]]);
});

test("a folder that was deleted comes back with all that was in it", async () => {
	const { window } = desk;
	const asked = await desk.ask({ tool: "file_delete", path: "kept", recursive: true });
	await read(window, "delete kept", "kept");
	await approve();
	await window
		.dialog()
		.getByRole("button", { name: /^Approve/ })
		.click();
	expect(await asked.verdict).toMatchObject({ outcome: "executed" });
	expect(existsSync(desk.path("kept"))).toBe(false);

	await putBack("delete kept", "kept");
	await window.screenshot("dist/shots/put-back-folder.png");
	await approve();
	await expect.poll(() => existsSync(desk.path("kept/deep/two.txt"))).toBe(true);
	expect(readFileSync(desk.path("kept/one.txt"), "utf8")).toBe("one\n");
});

import { existsSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Desk, settle } from "../support/vscode/desk.ts";

let desk: Desk;

beforeAll(async () => {
	desk = await Desk.open({ "a.txt": "a\n" });
});

afterEach(() => desk.cancelAll());

afterAll(() => desk?.close());

/** As the system hands it over when somebody follows it; the editor asks the person first. */
async function follow(path: string): Promise<void> {
	const { window } = desk;
	await window.command("Developer: Open URL");
	await window.palette.input.fill(`code-oss://countersign.countersign${path}`);
	await window.press("Enter");
	await window.dialog().getByText("open this URI").waitFor();
	await window.dialog().getByRole("button", { name: "Open" }).click();
	await window.dialog().waitFor({ state: "detached" });
}

test("the address on a phone's card opens that request at the desk, and decides nothing", async () => {
	const { window } = desk;
	const asked = await desk.ask({ tool: "file_write", path: "new.txt", content: "new\n" });
	await desk.ask({ tool: "file_write", path: "other.txt", content: "other\n" });
	const record = desk.audit().find(({ type, request }) => type === "REQUEST" && request === asked.id);
	await follow(`/${record?.seq}/${"0".repeat(8)}`);
	await window.activeTab("new.txt · create, asked by").waitFor();
	await settle(window);
	await window.screenshot("dist/shots/link.png");
	expect(await desk.stateOf(asked)).toMatchObject({ status: "waiting" });
	expect(existsSync(desk.path("new.txt"))).toBe(false);
});

test("an address that names no request opens none, whatever it says", async () => {
	const { window } = desk;
	const asked = await desk.ask({ tool: "file_write", path: "new.txt", content: "new\n" });
	for (const path of ["/999999/00000000", "/approve/1", `/${asked.id}`]) {
		await follow(path);
		await window.toast("no request of this window's folders").waitFor();
		await window.command("Notifications: Clear All Notifications");
	}
	expect(await window.tab("asked by").count()).toBe(0);
	expect(await desk.stateOf(asked)).toMatchObject({ status: "waiting" });
});

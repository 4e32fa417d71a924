import { existsSync } from "node:fs";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { Desk, look, makeFolder, meanIt, read } from "../support/vscode/desk.ts";
import { openWindow } from "../support/vscode/window.ts";

/** What of the editor's page a test looks at from within. */
interface Page {
	saidNone: string[];
	readonly document: { readonly body: { readonly textContent: string } | null };
	requestAnimationFrame(run: () => void): void;
}

let desk: Desk | undefined;

afterEach(async () => {
	await desk?.close();
	desk = undefined;
});

test("an empty queue says what it is for and how to connect an agent", async () => {
	const folder = makeFolder({ "a.txt": "a\n" });
	const window = await openWindow({ folders: [folder] });
	desk = Desk.of(window, folder);
	const view = await window.view();
	await view.getByText("nothing waits for you").waitFor();
	await view.getByRole("button", { name: "Connect an Agent" }).waitFor();
	await window.statusBar("Countersign").waitFor();
	await window.screenshot("dist/shots/empty.png");
	expect(await window.badge()).toBe("");
	expect(await window.palette.commands("Countersign: ")).toEqual(
		expect.arrayContaining(["Countersign: Review Next Request", "Countersign: Show the Audit File"]),
	);
	expect(await window.palette.commands("Countersign: Approve")).not.toContain("Countersign: Approve");
	expect(existsSync(`${window.countersignHome}/bin/countersign`)).toBe(true);
});

test("while the gate is being opened, nothing says that there is none", async () => {
	desk = await Desk.open({ "a.txt": "a\n" });
	const { window } = desk;
	const view = await window.view();
	await view.getByText("nothing waits for you").waitFor();
	await window.page.addInitScript(() => {
		const page = globalThis as unknown as Page;
		page.saidNone = [];
		const look = () => {
			const [said] = /No gate stands|Countersign: no gate/.exec(page.document.body?.textContent ?? "") ?? [];
			if (said) page.saidNone.push(said);
			page.requestAnimationFrame(look);
		};
		look();
	});
	await window.reload();
	// A page that goes away may not have written yet which view was open.
	await (await window.view()).getByText("nothing waits for you").waitFor();
	await window.statusBar("Countersign").waitFor();
	expect(await window.page.evaluate(() => (globalThis as unknown as Page).saidNone)).toEqual([]);
});

test("in Restricted Mode the gate stands, and the workspace's own settings change nothing of it", async () => {
	desk = await Desk.open(
		{
			"a.txt": "a\n",
			".vscode/settings.json": '{ "countersign.input.quietMs": 0, "countersign.notify.when": "never" }',
			".countersign/policy.yaml": "free: [file_write]\n",
		},
		{ trust: true, settings: { "security.workspace.trust.startupPrompt": "never" } },
	);
	const { window } = desk;
	await window.page.getByText("Restricted Mode").first().waitFor();
	const asked = await desk.ask({ tool: "file_write", path: "a.txt", content: "b\n" });
	await window.toast("night-agent wants to edit a.txt").waitFor();
	await window.toast().getByRole("button", { name: "Review" }).click();
	await window.activeTab("asked by").waitFor();
	await window.press("Shift+Alt+KeyY");
	await look(window);
	expect(await desk.stateOf(asked)).toMatchObject({ status: "waiting" });
	await meanIt(window);
	expect(await asked.verdict).toMatchObject({ status: "approved", outcome: "executed" });
	expect(desk.read("a.txt")).toBe("b\n");
});

test("an encoding that a workspace names changes no byte and no word on screen", async () => {
	desk = await Desk.open({ "a.txt": "a\n", ".vscode/settings.json": '{ "files.encoding": "windows1252" }' });
	const { window } = desk;
	await window.openFile("a.txt");
	await window.statusBar("Windows 1252").waitFor();
	await window.view();
	const asked = await desk.ask({ tool: "file_write", path: "umlaut.txt", content: "größer\n" });
	await read(window, "create umlaut.txt");
	expect(await window.editorText()).toContain("größer");
	await meanIt(window);
	await asked.verdict;
	expect(desk.read("umlaut.txt")).toBe("größer\n");
});

test("a window without a folder says why it has no audit file and no policy", async () => {
	const window = await openWindow({ folders: [] });
	onTestFinished(() => window.close());
	const view = await window.view();
	await view.getByRole("button", { name: "Open Folder" }).waitFor();
	for (const command of ["Countersign: Show the Audit File", "Countersign: Open the Policy"]) {
		await window.command(command);
		await window.toast("this window has no gate").waitFor();
		await window.command("Notifications: Clear All Notifications");
		await window.toast().waitFor({ state: "detached" });
	}
});

test("the extension's page in the editor has no picture that is not drawn, and no link that leads nowhere", async () => {
	const window = await openWindow({ folders: [] });
	onTestFinished(() => window.close());
	await window.command("Extensions: Show Installed Extensions");
	await window.page.locator(".extension-list-item", { hasText: "Countersign" }).first().click();
	const page = window.page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");
	await page.getByText("A human signature between an AI agent").first().waitFor();
	await window.screenshot("dist/shots/page.png");
	expect(await page.locator("img").count()).toBe(0);
	const links = page.locator("a[href]");
	const places = await links.evaluateAll((found) => found.map((link) => link.getAttribute("href") ?? ""));
	expect(places.filter((place) => !/^(#|https:)/.test(place))).toEqual([]);
});

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Desk, goTo, look, meanIt, settle } from "../support/vscode/desk.ts";

const LINES = Array.from({ length: 120 }, (_, line) => `const line${line} = ${line};\n`).join("");

let desk: Desk;

beforeAll(async () => {
	desk = await Desk.open({ "src/app.ts": LINES, "src/typing.ts": "", "src/doomed.ts": "export {};\n" });
});

afterEach(() => desk.cancelAll());

afterAll(() => desk?.close());

/** An edit of a line of the file as it is now. */
const change = (line: number, to: string) => {
	const old = desk.read("src/app.ts").split("\n")[line] ?? "";
	return { tool: "file_write" as const, path: "src/app.ts", edits: [{ old, new: to }] };
};

const lens = (title: string) => desk.window.page.locator(".codelens-decoration a:visible", { hasText: title });

test("a change that fits on screen is approved where it stands", async () => {
	const { window } = desk;
	await window.openFile("app.ts");
	const asked = await desk.ask(change(3, "const line3 = 33;"));
	await lens("night-agent wants to change this: +1 −1").waitFor();
	await expect.poll(() => window.decorations(".editor-instance")).toContainEqual(expect.stringContaining("line3 = 33"));
	await settle(window);
	await window.screenshot("dist/shots/inline.png");
	expect(desk.read("src/app.ts")).toBe(LINES);
	await lens("Approve").click();
	expect(await asked.verdict).toMatchObject({ status: "approved", outcome: "executed" });
	expect(desk.read("src/app.ts")).toBe(LINES.replace("line3 = 3;", "line3 = 33;"));
	await lens("night-agent").waitFor({ state: "detached" });
});

test("a denial is written at the line, and reaches the agent", async () => {
	const { window } = desk;
	const asked = await desk.ask(change(5, "const line5 = 55;"), "Five is too small.");
	await lens("night-agent wants").waitFor();
	await lens("Deny…").click();
	const box = window.page.locator(".review-widget");
	await box.waitFor();
	await expect.poll(() => box.textContent()).toContain("Five is too small.");
	await box.getByText("Deny with a reason…").click();
	await window.type("Five is a constant of nature.");
	await window.screenshot("dist/shots/reason-box.png");
	await window.press("Control+Enter");
	expect(await asked.verdict).toMatchObject({
		status: "denied",
		decision: { reason: "Five is a constant of nature." },
	});
	await box.waitFor({ state: "detached" });
	await window.page.locator(".editor-group-container.active .monaco-editor.focused").waitFor();
	await window.type("x");
	await window.tab("app.ts").and(window.page.locator(".dirty")).waitFor();
	await window.press("Control+KeyZ");
});

test("with the caret in the change, the keys decide it", async () => {
	const { window } = desk;
	const asked = await desk.ask(change(7, "const line7 = 77;"));
	await lens("night-agent wants").waitFor();
	await goTo(window, 8, 1);
	await settle(window);
	await meanIt(window);
	expect(await asked.verdict).toMatchObject({ status: "approved" });
});

test("a change that is not all on screen is opened, not approved", async () => {
	const { window } = desk;
	const long = Array.from({ length: 30 }, (_, line) => `const added${line} = "${"x".repeat(40)}";`).join("\n");
	const asked = await desk.ask(change(9, long));
	await lens("night-agent wants").waitFor();
	await settle(window);
	await lens("Approve").click();
	await look(window);
	expect(await desk.stateOf(asked)).toMatchObject({ status: "waiting" });
	await meanIt(window);
	expect(await asked.verdict).toMatchObject({ status: "approved" });
	await window.activeTab("app.ts").waitFor();
});

test("a file that is to be deleted says so", async () => {
	const { window } = desk;
	await window.openFile("doomed.ts");
	const asked = await desk.ask({ tool: "file_delete", path: "src/doomed.ts" });
	await lens("night-agent wants to delete this file").waitFor();
	await lens("Diff").click();
	await window.activeTab("delete, asked by").waitFor();
	expect(await desk.stateOf(asked)).toMatchObject({ status: "waiting" });
});

test("2,000 characters typed while 20 requests arrive are all there, and nothing is decided", async () => {
	const { window } = desk;
	await window.openFile("typing.ts");
	await window.page.locator(".editor-group-container.active .monaco-editor.focused").waitFor();
	await settle(window);
	const text = Array.from({ length: 2000 }, (_, at) => "abcdefghij klmnopqrst uvwxyz "[at % 29]).join("");
	const before = desk.decisions().length;
	const typing = window.page.keyboard.type(text, { delay: 1 });
	const asked = [];
	for (let count = 0; count < 20; count++) {
		const path = count % 2 === 0 ? "src/app.ts" : `src/new${count}.ts`;
		asked.push(await desk.ask({ tool: "file_write", path, content: `${count}\n` }));
		await window.page.waitForTimeout(300);
	}
	await typing;
	await window.press("Control+KeyS");
	await expect.poll(() => desk.read("src/typing.ts")).toBe(text);
	expect(desk.decisions().length).toBe(before);
	for (const one of asked) expect(await desk.stateOf(one)).toMatchObject({ status: "waiting" });
	await window.activeTab("typing.ts").waitFor();
	await window.view();
	await window.screenshot("dist/shots/twenty.png");
}, 300_000);

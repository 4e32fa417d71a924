import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Action } from "../../src/protocol/action.ts";
import type { RequestState } from "../../src/protocol/messages.ts";
import { Desk, goTo, look, meanIt, read, settle } from "../support/vscode/desk.ts";

const APP = "export const port = 80;\nexport const host = 'localhost';\n";
/** An edit of the file as it is now. */
const port = (to: string) => {
	const [old = ""] = desk.read("src/app.ts").match(/port = \d+/) ?? [];
	return { tool: "file_write" as const, path: "src/app.ts", edits: [{ old, new: `port = ${to}` }] };
};

let desk: Desk;

beforeAll(async () => {
	desk = await Desk.open({
		"src/app.ts": APP,
		"src/other.ts": Array.from({ length: 200 }, (_, line) => `export const line${line} = ${line};\n`).join(""),
		"production/config.yml": "database: main\n",
		"crlf.txt": "one\r\ntwo\r\n",
		"data.bin": new Uint8Array([0, 1, 2, 3, 255]),
	});
	await desk.window.view();
});

afterEach(() => desk.cancelAll());

afterAll(() => desk?.close());

const review = (row: string, tab?: string) => read(desk.window, row, tab);

test("what is approved in the diff is on disk, byte for byte, and the agent is told", async () => {
	const asked = await desk.ask(port("8080"));
	await review("edit app.ts");
	await meanIt(desk.window);
	expect(await asked.verdict).toMatchObject({ status: "approved", outcome: "executed", decision: { via: "editor" } });
	expect(desk.read("src/app.ts")).toBe(APP.replace("80", "8080"));
});

test("what the reviewer changed in the diff is what is written", async () => {
	const asked = await desk.ask(port("9090"));
	await review("edit app.ts");
	await desk.window.press("Control+End");
	await desk.window.type("// checked by a person");
	await settle(desk.window);
	await meanIt(desk.window);
	const verdict = await asked.verdict;
	expect(verdict).toMatchObject({ status: "approved", outcome: "executed", decision: { edited: true } });
	expect(desk.read("src/app.ts")).toBe(`${APP.replace("80", "9090")}// checked by a person`);
});

test("a denial from the palette carries the typed reason to the agent, and the disk is untouched", async () => {
	const asked = await desk.ask(
		{ tool: "file_delete", path: "production/config.yml" },
		"It looks like a temporary file.",
	);
	await review("delete config.yml");
	await desk.window.screenshot("dist/shots/delete.png");
	await desk.window.command("Countersign: Deny…");
	await desk.window.palette.input.fill("production config");
	await desk.window.press("Enter");
	expect(await asked.verdict).toMatchObject({ status: "denied", decision: { reason: "production config" } });
	expect(existsSync(desk.path("production/config.yml"))).toBe(true);
});

test("a reason given once is offered again", async () => {
	const asked = await desk.ask({ tool: "file_delete", path: "production/config.yml" });
	await review("delete config.yml");
	await desk.window.command("Countersign: Deny…");
	await desk.window.palette.pick("production config");
	expect(await asked.verdict).toMatchObject({ status: "denied", decision: { reason: "production config" } });
});

test("Escape in the reason box decides nothing", async () => {
	const asked = await desk.ask({ tool: "file_delete", path: "production/config.yml" });
	await review("delete config.yml");
	await desk.window.press("Shift+Alt+KeyN");
	await desk.window.palette.input.waitFor();
	await desk.window.press("Escape");
	await settle(desk.window);
	expect(await desk.stateOf(asked)).toMatchObject({ status: "waiting" });
});

test("closing the tab decides nothing, and the request can be opened again", async () => {
	const asked = await desk.ask(port("1"));
	await review("edit app.ts");
	await desk.window.type("x");
	await desk.window.closeTab();
	await desk.window.dialog().getByRole("button", { name: "Don't Save" }).click();
	await desk.window.tab("asked by").waitFor({ state: "detached" });
	expect(await desk.stateOf(asked)).toMatchObject({ status: "waiting" });
	await review("edit app.ts");
	await meanIt(desk.window);
	expect(await asked.verdict).toMatchObject({ status: "approved" });
});

test("a new file is shown against nothing, and appears only when it is approved", async () => {
	const content = "# Plan\r\n\r\nwith line ends of Windows\r\n";
	const asked = await desk.ask({ tool: "file_write", path: "docs/plan.md", content });
	await review("create plan.md");
	await desk.window.screenshot("dist/shots/create.png");
	expect(existsSync(desk.path("docs"))).toBe(false);
	await meanIt(desk.window);
	await asked.verdict;
	expect(desk.read("docs/plan.md")).toBe(content);
});

test("a command is shown whole, with what hides in it written out", async () => {
	await desk.ask(
		{ tool: "shell_execute", command: "rm -rf build # \u202edliub\u202c\necho done", env: { CI: "1" } },
		"Cleaning the build.",
	);
	await review("run rm -rf build");
	const text = await desk.window.editorText();
	expect(text).toContain("rm -rf build # \\u{202e}dliub\\u{202c}");
	expect(text).toContain("with CI=1");
	expect(text).toContain("the agent says (not checked)");
	await desk.window.screenshot("dist/shots/shell.png");
});

test("several changes in one are read as diffs of the files as they are, one under the other", async () => {
	writeFileSync(desk.path("notes.txt"), "one\ntwo\nthree\n");
	writeFileSync(desk.path("old.txt"), "no longer of use\n");
	const changes: Extract<Action, { tool: "changes" }>["changes"] = [
		{ tool: "file_write", path: "notes.txt", edits: [{ old: "two", new: "2" }] },
		{ tool: "file_write", path: "docs/new.md", content: "# New\n\nA page.\n" },
		{ tool: "file_delete", path: "old.txt" },
		{ tool: "file_rename", from: "crlf.txt", to: "windows.txt" },
	];
	const client = await desk.agent();
	const action: Action = { tool: "changes", changes };
	const params = { key: "changes", action, apply: "agent" as const, intent: "Tidy up.", waitMs: 0 };
	const asked = (await client.call("request/submit", params)) as RequestState;
	await review("change ");
	const text = await desk.window.editorText();
	for (const said of [
		"4 files, +4 -2",
		"1 of 4: edit notes.txt",
		"-two",
		"+2",
		"4 of 4: rename crlf.txt to windows.txt",
	])
		expect(text).toContain(said);
	expect(text).not.toContain('"tool"');
	await desk.window.screenshot("dist/shots/changes.png");
	await desk.takeBack(asked);
});

test("T17: invisible characters in a proposed file are written out on screen", async () => {
	await desk.ask({
		tool: "file_write",
		path: "src/app.ts",
		edits: [{ old: "localhost", new: "local\u200bhost" }],
	});
	await review("edit app.ts");
	await expect.poll(() => desk.window.page.locator(".editor.modified").textContent()).toContain("local");
	const drawn = await desk.window.decorations(".editor.modified");
	expect(drawn.join(" ")).toContain("u{200b}");
	await desk.window.screenshot("dist/shots/hidden.png");
});

test("a change of blanks alone is marked, even where the editor is told to leave it out", async () => {
	writeFileSync(desk.path("indent.py"), "if ok:\n    go()\nstop()\n");
	await desk.ask({ tool: "file_write", path: "indent.py", content: "if ok:\n    go()\n    stop()\n" });
	await review("edit indent.py");
	await desk.window.page.locator(".editor.modified .line-insert").waitFor();
	const toggle = desk.window.page.locator('.editor-actions .action-label[aria-label*="Whitespace"]');
	await toggle.click();
	await expect.poll(() => desk.window.decorations(".editor.modified")).toContain('"only blanks differ here"');
	await desk.window.screenshot("dist/shots/blanks.png");
	await toggle.click();
});

test("what is not text is described, and is written exactly as asked", async () => {
	const bytes = Buffer.from([9, 0, 8, 255, 254]);
	const asked = await desk.ask({ tool: "file_write", path: "data.bin", content: { base64: bytes.toString("base64") } });
	await review("edit data.bin", "data.bin");
	expect(await desk.window.editorText()).toContain("09 00 08 ff fe");
	await meanIt(desk.window);
	await asked.verdict;
	expect(Buffer.compare(desk.bytes("data.bin"), bytes)).toBe(0);
});

test("mixed line ends are spelled out, and written exactly as asked", async () => {
	const content = "one\r\ntwo\nthree\r\n";
	const asked = await desk.ask({ tool: "file_write", path: "crlf.txt", content });
	await review("edit crlf.txt");
	expect(await desk.window.page.locator(".editor.modified").textContent()).toContain("three\\u{d}");
	await meanIt(desk.window);
	await asked.verdict;
	expect(desk.read("crlf.txt")).toBe(content);
});

test("a decision leads back to where the person was: the same tab, caret and focus", async () => {
	await desk.window.openFile("other.ts");
	await goTo(desk.window, 120, 5);
	const asked = await desk.ask(port("2"), "Why not.");
	await desk.window.statusBar("1 waiting").waitFor();
	await desk.window.press("Shift+Alt+KeyQ");
	await look(desk.window);
	await meanIt(desk.window);
	await asked.verdict;
	await desk.window.tab("asked by").waitFor({ state: "detached" });
	await desk.window.statusBar("Ln 120, Col 5").waitFor();
	await desk.window.type("z");
	await desk.window.statusBar("Ln 120, Col 6").waitFor();
	await desk.window.press("Control+KeyZ");
});

test("a key that comes with the diff decides nothing; the next one, after a look, does", async () => {
	const asked = await desk.ask(port("3"));
	await desk.window.clickRow("edit app.ts");
	await desk.window.tab("asked by").waitFor();
	await desk.window.press("Shift+Alt+KeyY");
	await desk.window.page.locator(".editor.modified .view-line").first().waitFor();
	await settle(desk.window);
	expect(await desk.stateOf(asked)).toMatchObject({ status: "waiting" });
	await meanIt(desk.window);
	expect(await asked.verdict).toMatchObject({ status: "approved" });
});

test("the buttons of the title and of the row do what the keys do", async () => {
	const asked = await desk.ask(port("33"));
	await review("edit app.ts");
	await desk.window.titleAction("Approve");
	expect(await asked.verdict).toMatchObject({ status: "approved" });
	const second = await desk.ask({ tool: "mcp_call", server: "db", name: "drop", arguments: { table: "users" } });
	await review("call db/drop");
	expect(await desk.window.editorText()).toContain('"table": "users"');
	await desk.window.titleAction("Deny…");
	await desk.window.palette.pick("Do not touch this file.");
	expect(await second.verdict).toMatchObject({ decision: { reason: "Do not touch this file." } });
	const third = await desk.ask({ tool: "api_call", method: "POST", url: "https://example.com/pay", body: "100" });
	await desk.window.row("call POST").waitFor();
	await desk.window.rowAction("call POST", "Deny…");
	await desk.window.palette.pick("Deny without a reason");
	expect(await third.verdict).toMatchObject({ status: "denied" });
});

test("what is protected is approved in the editor alone, and asks twice", async () => {
	const asked = await desk.ask({ tool: "file_write", path: ".vscode/tasks.json", content: "{}\n" });
	await review("create tasks.json");
	await meanIt(desk.window);
	await desk.window.dialog().getByText("(protected)").waitFor();
	await desk.window.dialog().getByRole("button", { name: "Approve Once" }).click();
	expect(await asked.verdict).toMatchObject({ status: "approved", outcome: "executed" });
	expect(desk.read(".vscode/tasks.json")).toBe("{}\n");
});

test("the tick on a row that was never read opens the review instead of approving", async () => {
	const asked = await desk.ask(port("4"));
	await desk.window.rowAction("edit app.ts", "Approve");
	await look(desk.window);
	expect(await desk.stateOf(asked)).toMatchObject({ status: "waiting" });
	await desk.window.rowAction("edit app.ts", "Approve");
	expect(await asked.verdict).toMatchObject({ status: "approved" });
});

test("outside the workspace it asks twice: Enter looks again, Escape leaves, only the button approves", async () => {
	const { window } = desk;
	const outside = desk.outside("notes.txt", "old\n");
	const asked = await desk.ask({ tool: "file_write", path: outside, content: "new\n" });
	await review("edit notes.txt");
	await meanIt(window);
	await window.dialog().waitFor();
	await window.screenshot("dist/shots/modal.png");
	await window.press("Enter");
	await window.dialog().waitFor({ state: "detached" });
	await look(window);
	await meanIt(window);
	await window.dialog().waitFor();
	await window.press("Escape");
	await window.dialog().waitFor({ state: "detached" });
	await settle(window);
	expect(await desk.stateOf(asked)).toMatchObject({ status: "waiting" });
	await meanIt(window);
	await window.dialog().getByRole("button", { name: "Approve Once" }).click();
	expect(await asked.verdict).toMatchObject({ status: "approved", outcome: "executed" });
});

test("an agent that takes its request back closes the review, and takes no focus from the person", async () => {
	const asked = await desk.ask(port("5"));
	await review("edit app.ts");
	await desk.window.press("F1");
	await desk.window.palette.input.fill(">view: toggle");
	await desk.takeBack(asked);
	await expect.poll(() => desk.window.tab("asked by").count()).toBe(0);
	await settle(desk.window);
	await desk.window.type(" zen");
	expect(await desk.window.palette.input.inputValue()).toBe(">view: toggle zen");
	await desk.window.press("Escape");
	expect(await desk.window.editorText()).toContain("cancelled by night-agent via agent");
});

test("whoever looks for a file by its name finds the file, not what was asked for with it", async () => {
	const { window } = desk;
	const asked = await desk.ask(port("6"));
	await review("edit app.ts");
	await desk.takeBack(asked);
	await window.activeTab("app.ts · edit, cancelled").waitFor();
	await window.press("Control+KeyP");
	await window.palette.input.fill("app.ts");
	await settle(window);
	expect((await window.palette.items()).filter((name) => name === "app.ts")).toHaveLength(1);
	await window.press("Escape");
	await window.openFile("app.ts");
	expect(await window.editorText()).toContain("port");
});

test("the keys go to the next and the previous request, round the end; the one for the next to review goes on too", async () => {
	const { window } = desk;
	for (const name of ["one", "two", "three"])
		await desk.ask({ tool: "file_write", path: `${name}.txt`, content: `${name}\n` });
	await window.statusBar("3 waiting").waitFor();
	const before = desk.decisions().length;
	const goes = async (keys: string, name: string) => {
		await window.press(keys);
		await look(window, `${name}.txt · create, asked by`);
	};
	await goes("Shift+Alt+KeyQ", "one");
	await goes("Shift+Alt+BracketRight", "two");
	await goes("Shift+Alt+BracketRight", "three");
	await goes("Shift+Alt+BracketRight", "one");
	await goes("Shift+Alt+BracketLeft", "three");
	await goes("Shift+Alt+BracketLeft", "two");
	await goes("Shift+Alt+KeyQ", "three");
	await goes("Shift+Alt+KeyQ", "one");
	expect(desk.decisions().length).toBe(before);
});

test("with the only request in front, the key for the next one says so and leaves it as it is", async () => {
	const { window } = desk;
	const asked = await desk.ask(port("6"));
	await review("edit app.ts");
	await window.press("Shift+Alt+KeyQ");
	await window.statusBar("Nothing else waits for you.").waitFor();
	await window.activeTab("app.ts · edit, asked by").waitFor();
	expect(await desk.stateOf(asked)).toMatchObject({ status: "waiting" });
});

test("with nothing waiting, the queue says so above what was decided", async () => {
	const said = (await desk.window.view()).getByText("Nothing waits for you.");
	await said.waitFor();
	await desk.ask(port("7"));
	await said.waitFor({ state: "detached" });
});

test("nothing of a proposal was ever on the workspace's disk", () => {
	expect(readdirSync(desk.path("src")).sort()).toEqual(["app.ts", "other.ts"]);
});

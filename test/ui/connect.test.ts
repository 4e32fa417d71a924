import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { countersign } from "../support/gateProcess.ts";
import { Desk, makeFolder, settle } from "../support/vscode/desk.ts";
import type { Window } from "../support/vscode/window.ts";

const SETTINGS = ".claude/settings.local.json";
const MINE = '{\n  "model": "opus",\n  "hooks": {\n    "Stop": [ { "hooks": [] } ]\n  }\n}\n';
/** Agents that may have a folder of their own elsewhere in the environment of whoever runs the tests. */
const NONE = { CODEX_HOME: "", CLAUDE_CONFIG_DIR: "", XDG_CONFIG_HOME: "", GEMINI_CLI_HOME: "", QWEN_HOME: "" };

let desk: Desk;
let window: Window;

beforeAll(async () => {
	const folder = makeFolder({ [SETTINGS]: MINE, ".qwen/settings.json": '{\n  "hooks": 5\n}\n' }, "night-shift-");
	desk = await Desk.at(folder, { environment: NONE });
	window = desk.window;
});

afterAll(() => desk?.close());

const here = () => `In ${desk.folder.slice(desk.folder.lastIndexOf("/") + 1)}`;
const preview = () => window.tab("Not written yet");
const button = (name: string) => window.dialog().getByRole("button", { name, exact: true });

/** What the command line would write for the same. */
async function printed(...args: string[]): Promise<string> {
	const home = window.countersignHome;
	const environment = {
		...process.env,
		...NONE,
		HOME: dirname(home),
		COUNTERSIGN_HOME: home,
		COUNTERSIGN_ENDPOINT: "",
	};
	const { code, stdout } = await countersign({ workspace: desk.folder, home, environment }, [...args, "--print"]);
	expect(code).toBe(0);
	return stdout;
}

async function preparedToConnect(agent: string, where = here()): Promise<void> {
	await window.command("Countersign: Connect an Agent…");
	await window.palette.pick(agent);
	await window.palette.pick(where);
}

async function preparedToDisconnect(agent: string): Promise<void> {
	await window.command("Countersign: Disconnect an Agent…");
	await window.palette.pick(`${agent} in ${desk.folder.slice(desk.folder.lastIndexOf("/") + 1)}`);
}

async function dismissed(text: string | RegExp): Promise<void> {
	await window.toast(text).first().waitFor();
	await window.command("Notifications: Clear All Notifications");
}

test("the empty queue leads to the agents, and says of each whether it is installed and connected", async () => {
	const view = await window.view();
	await view.getByRole("button", { name: "Connect an Agent" }).click();
	await window.palette.box.getByText(/^claude is (?:installed|not on PATH)$/).waitFor();
	await window.palette.box.getByText("cannot be read").waitFor();
	expect(await window.palette.items()).toEqual(expect.arrayContaining(["Claude Code", "Codex", "Cline"]));
	await window.screenshot("dist/shots/connect-agents.png");
	await window.press("Escape");
});

test("what connecting would write is shown before it is written, and a cancel, a closed diff and a refused dialog change nothing", async () => {
	await preparedToConnect("Claude Code");
	await preview().waitFor();
	await window.toast("Nothing is written yet").waitFor();
	await window.page.locator(".editor.modified .view-line", { hasText: "countersign-hook" }).first().waitFor();
	await settle(window);
	await window.screenshot("dist/shots/connect.png");
	await window.titleAction("Cancel");
	await preview().waitFor({ state: "detached" });

	await preparedToConnect("Claude Code");
	await preview().locator(".action-label").first().click();
	await window.toast("Nothing is written yet").waitFor({ state: "detached" });

	await preparedToConnect("Claude Code");
	await window.titleAction("Connect…");
	await window.dialog().getByText("Connect Claude Code to the gate?").waitFor();
	await window
		.dialog()
		.getByText(`Changes ${desk.path(SETTINGS)}`)
		.waitFor();
	await settle(window);
	await window.screenshot("dist/shots/connect-dialog.png");
	await window.press("Enter");
	await window.titleAction("Connect…");
	await button("Cancel").click();
	await preview().waitFor({ state: "detached" });
	expect(desk.read(SETTINGS)).toBe(MINE);
	expect(existsSync(join(window.countersignHome, "agents.json"))).toBe(false);
});

test("a confirmed connection is what was shown and what the command line writes; disconnecting brings the file back to the byte", async () => {
	const expected = await printed("connect", "claude-code");
	await preparedToConnect("Claude Code");
	await window.titleAction("Connect…");
	expect(desk.read(SETTINGS)).toBe(MINE);
	await button("Connect").click();
	await expect.poll(() => desk.read(SETTINGS)).toBe(expected);
	await preview().waitFor({ state: "detached" });
	await window.toast("Claude Code is connected in").waitFor();
	await settle(window);
	await window.screenshot("dist/shots/connected.png");
	await dismissed("Claude Code is connected in");
	const [known] = JSON.parse(readFileSync(join(window.countersignHome, "agents.json"), "utf8"));
	expect(known).toMatchObject({ agent: "claude-code", file: desk.path(SETTINGS) });

	await preparedToConnect("Claude Code");
	await dismissed("Claude Code is connected already");

	await preparedToDisconnect("Claude Code");
	await window.titleAction("Disconnect…");
	await window.dialog().getByText("run without asking").waitFor();
	await window.screenshot("dist/shots/disconnect-dialog.png");
	await window.press("Enter");
	expect(desk.read(SETTINGS)).toBe(expected);
	await window.titleAction("Disconnect…");
	await button("Disconnect").click();
	await expect.poll(() => desk.read(SETTINGS)).toBe(MINE);
	await dismissed("Claude Code is disconnected");
});

test("a file that changed while it was looked at is not overwritten, but shown again", async () => {
	await preparedToConnect("Claude Code");
	await window.titleAction("Connect…");
	await button("Connect").waitFor();
	const theirs = MINE.replace("opus", "sonnet");
	writeFileSync(desk.path(SETTINGS), theirs);
	await button("Connect").click();
	await window.toast("has changed meanwhile. Nothing was written.").waitFor();
	await window.toast("Nothing is written yet").waitFor();
	expect(desk.read(SETTINGS)).toBe(theirs);
	// The editor shows no toast after several in one second; nobody reads that fast.
	await settle(window);
	await window.titleAction("Connect…");
	await button("Connect").click();
	await expect.poll(() => desk.read(SETTINGS)).toContain("countersign-hook");
	expect(desk.read(SETTINGS)).toContain("sonnet");
	await dismissed("Claude Code is connected in");
	writeFileSync(desk.path(SETTINGS), MINE);
});

test("a file that the agent would ignore is refused, with the line, which one button opens", async () => {
	writeFileSync(desk.path(SETTINGS), '{\n  // mine\n  "model": "opus"\n}\n');
	await preparedToConnect("Claude Code");
	const refusal = window.toast(`${SETTINGS}:2 holds a comment`);
	await refusal.waitFor();
	await settle(window);
	await window.screenshot("dist/shots/connect-refused.png");
	await refusal.getByRole("button", { name: "Open Line 2" }).click();
	await window.activeTab("settings.local.json").waitFor();
	await window.statusBar("Ln 2, Col 1").waitFor();
	expect(desk.read(SETTINGS)).toContain("// mine");

	writeFileSync(desk.path(SETTINGS), MINE);
	await expect.poll(() => window.editorText()).toContain("Stop");
	await window.type("x");
	await preparedToConnect("Claude Code");
	await dismissed("not saved");
	await window.command("File: Revert File");
	await window.closeTab();
});

test("several files are shown in one tab, and each is written as it was shown", async () => {
	const scripts = ["PreToolUse.sh", "PostToolUse.sh"].map((name) => `.cline/hooks/${name}`) as [string, string];
	const expected = await printed("connect", "cline");
	await preparedToConnect("Cline");
	await preview().waitFor();
	await window.page.getByText("PostToolUse.sh").first().waitFor();
	await settle(window);
	await window.screenshot("dist/shots/connect-several.png");
	await window.titleAction("Connect…");
	for (const name of scripts)
		await window
			.dialog()
			.getByText(`Creates ${desk.path(name)}`)
			.waitFor();
	expect(scripts.map((name) => existsSync(desk.path(name)))).toEqual([false, false]);
	await button("Connect").click();
	await window.toast("a denial ends the whole run").waitFor();
	await preview().waitFor({ state: "detached" });
	expect(desk.read(scripts[0])).toBe(expected);
	for (const name of scripts) expect(statSync(desk.path(name)).mode & 0o111).toBe(0o111);
	await dismissed("Cline is connected");

	await preparedToDisconnect("Cline");
	await window.titleAction("Disconnect…");
	await button("Disconnect").click();
	await expect.poll(() => scripts.map((name) => existsSync(desk.path(name)))).toEqual([false, false]);
	await preview().waitFor({ state: "detached" });
	await dismissed("Cline is disconnected");
	await window.command("Countersign: Disconnect an Agent…");
	await window.palette.box.getByText("Qwen Code in").waitFor();
	expect((await window.palette.items()).join()).not.toMatch(/Cline|Claude/);
	await window.press("Escape");
});

test("an agent that is connected in every folder is told to be, with what that means where no gate runs", async () => {
	const path = join(dirname(window.countersignHome), ".claude", "settings.json");
	const expected = await printed("connect", "claude-code", "--scope", "user");
	await preparedToConnect("Claude Code", "In Every Folder");
	await window.titleAction("Connect…");
	await window.dialog().getByText("Where no gate runs, every call of it is denied.").waitFor();
	await window.dialog().getByText(`Creates ${path}`).waitFor();
	await button("Connect").click();
	await expect.poll(() => existsSync(path) && readFileSync(path, "utf8")).toBe(expected);
	await dismissed("Claude Code is connected in every folder");
	expect(desk.read(SETTINGS)).toBe(MINE);

	await window.command("Countersign: Disconnect an Agent…");
	await window.palette.pick("Claude Code in every folder");
	await window.titleAction("Disconnect…");
	await button("Disconnect").click();
	await expect.poll(() => readFileSync(path, "utf8")).not.toContain("countersign-hook");
	await dismissed("Claude Code is disconnected in every folder");
});

test("what a proof says stays on screen when it has ended, and a gate that can be passed is told of", async () => {
	const launcher = readFileSync(join(window.countersignHome, "bin", "countersign"), "utf8");
	const cli = /^cli='(.*)'$/m.exec(launcher)?.[1] ?? "";
	const terminal = window.page.locator(".editor-instance .xterm-rows");
	const prove = async (code: number) => {
		const says = 'process.argv[2], process.argv[4] === process.cwd(), process.env.COUNTERSIGN_HOME, "\\u001b[2J"';
		writeFileSync(cli, `console.log(${says}); process.exitCode = ${code};`);
		await window.command("Countersign: Prove the Gate Holds");
		await terminal.getByText(`It ended with exit code ${code}. Press any key to close.`).waitFor();
		await terminal.getByText(`doctor true ${window.countersignHome} \\u{1b}[2J`).waitFor();
	};
	await prove(1);
	await window.toast("The gate can be passed: see the terminal.").waitFor();
	await settle(window);
	await window.screenshot("dist/shots/proof.png");
	await dismissed("The gate can be passed");
	await prove(0);
	await settle(window);
	expect(await window.toasts()).toEqual([]);
	await window.page.locator(".editor-instance .xterm").click();
	await window.press("Enter");
	await window.tab("Prove the Gate Holds").waitFor({ state: "detached" });
});

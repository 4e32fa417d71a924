import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, expect, test } from "vitest";
import { startModelServer } from "../../src/doctor/modelServer.ts";
import { GateClient } from "../../src/endpoint/client.ts";
import { submit } from "../support/agent.ts";
import { provisionClaude } from "../support/agentCache.ts";
import { claudeScript } from "../support/claude.ts";
import { tempDir } from "../support/tempDir.ts";
import { Desk } from "../support/vscode/desk.ts";

let desk: Desk;

beforeAll(async () => {
	await provisionClaude();
});

afterEach(() => desk?.close());

async function openTerminal(): Promise<void> {
	const { window } = desk;
	await window.view();
	await window.command("Countersign: New Terminal for an Agent");
	await window.page.locator(".xterm-rows", { hasText: /[$#]/ }).waitFor();
}

test("a tool that ran without asking is red within two seconds and stays red until a person has seen it", async () => {
	desk = await Desk.open({ "victim.txt": "alive\n" });
	const { window } = desk;
	const model = await startModelServer([{ calls: [{ name: "Bash", input: { command: "rm victim.txt" } }] }]);
	const script = join(tempDir("claude-"), "claude.sh");
	writeFileSync(script, claudeScript({ workspace: desk.folder, home: tempDir("claude-home-"), model }));
	await openTerminal();
	await window.type("$COUNTERSIGN_HOME/bin/countersign connect claude-code\n");
	const settings = desk.path(".claude/settings.local.json");
	await expect.poll(() => existsSync(settings)).toBe(true);
	const connected = JSON.parse(readFileSync(settings, "utf8"));
	connected.hooks.PreToolUse = [];
	writeFileSync(settings, JSON.stringify(connected));
	await window.type(`sh ${script}\n`);
	await expect.poll(() => existsSync(desk.path("victim.txt")), { timeout: 60_000 }).toBe(false);
	const red = window.statusBar("1 ran without asking");
	await red.waitFor({ timeout: 2000 });
	await window.row("NOT GATED · ran rm victim.txt").waitFor();
	await window.screenshot("dist/shots/bypass.png");

	await window.reload();
	await red.waitFor();
	await red.click();
	await window.dialog().getByText("A tool ran without asking").waitFor();
	await window.screenshot("dist/shots/bypass-dialog.png");
	await window.press("Escape");
	await window.dialog().waitFor({ state: "detached" });
	await red.click();
	await window.dialog().getByRole("button", { name: "I Have Seen This" }).click();
	await red.waitFor({ state: "detached" });
	const records = desk.audit().filter(({ type }) => type === "BYPASS");
	expect(records).toMatchObject([
		{ agent: "claude-code", tool: "shell_execute", target: "rm victim.txt" },
		{ via: "editor", data: { acknowledged: 1 } },
	]);
	await model.stop();
}, 120_000);

test("an agent in a terminal is shown as not gated until something of it comes to the gate", async () => {
	desk = await Desk.open({ "a.txt": "a\n", codex: "#!/bin/sh\nread line\n" });
	chmodSync(desk.path("codex"), 0o755);
	const { window } = desk;
	await openTerminal();
	await window.type("./codex\n");
	const silent = window.row("NOT GATED · not heard yet");
	await silent.waitFor();
	await window.screenshot("dist/shots/ungated.png");
	const agent = { agent: { name: "codex" }, session: { id: "session-2" } };
	const client = await GateClient.connect(await desk.discovery(), agent);
	await submit(client, "key-1", { tool: "file_read", path: "a.txt" });
	await silent.waitFor({ state: "detached" });
	await window.clickRow("Agents");
	await window.row("gated · heard").waitFor();
	client.close();
});

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ModelServer, startModelServer } from "../../src/doctor/modelServer.ts";
import { provisionClaude } from "../support/agentCache.ts";
import { claudeScript } from "../support/claude.ts";
import { tempDir } from "../support/tempDir.ts";
import { Desk, meanIt, read } from "../support/vscode/desk.ts";

let desk: Desk;
let model: ModelServer;

beforeAll(async () => {
	await provisionClaude();
	desk = await Desk.open({ "victim.txt": "alive\n", "config.txt": "port=80\n" });
	const config = desk.path("config.txt");
	model = await startModelServer([
		{ calls: [{ name: "Bash", input: { command: "rm victim.txt", description: "Remove a temporary file" } }] },
		{ calls: [{ name: "Read", input: { file_path: config } }] },
		{ calls: [{ name: "Edit", input: { file_path: config, old_string: "port=80", new_string: "port=8080" } }] },
	]);
});

afterAll(async () => {
	await desk?.close();
	await model?.stop();
});

test("a real Claude Code in a terminal of the window is stopped, told why, and goes on as decided", async () => {
	const { window } = desk;
	const script = join(tempDir("claude-"), "claude.sh");
	writeFileSync(script, claudeScript({ workspace: desk.folder, home: tempDir("claude-home-"), model }));
	await window.view();
	await window.command("Countersign: New Terminal for an Agent");
	await window.page
		.locator(".xterm-rows", { hasText: "$" })
		.or(window.page.locator(".xterm-rows", { hasText: "#" }))
		.waitFor();
	await window.type("$COUNTERSIGN_HOME/bin/countersign connect claude-code\n");
	await window.page.locator(".xterm-rows", { hasText: "settings.local.json" }).waitFor();
	await window.type(`sh ${script}\n`);

	await window.row("run rm victim.txt").waitFor({ timeout: 60_000 });
	await read(window, "run rm victim.txt");
	await window.screenshot("dist/shots/claude.png");
	await window.press("Shift+Alt+KeyN");
	await window.palette.input.fill("It is no temporary file.");
	await window.press("Enter");

	await window.row("edit config.txt").waitFor({ timeout: 60_000 });
	expect(existsSync(desk.path("victim.txt"))).toBe(true);
	expect(desk.read("config.txt")).toBe("port=80\n");
	await read(window, "edit config.txt");
	await meanIt(window);
	await expect.poll(() => desk.read("config.txt"), { timeout: 60_000 }).toBe("port=8080\n");
	await expect.poll(() => model.toolResults().length, { timeout: 60_000 }).toBe(3);
	expect(model.toolResults()[0]?.text).toContain("It is no temporary file.");
	expect(existsSync(desk.path("victim.txt"))).toBe(true);
	expect(desk.decisions().map(({ decision, via }) => [decision, via])).toEqual([
		["denied", "editor"],
		["approved", "editor"],
	]);
}, 240_000);

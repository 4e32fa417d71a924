import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterEach, expect, test } from "vitest";
import { processesNaming } from "../support/processes.ts";
import { atExit } from "../support/tempDir.ts";
import { launchChromium, provisionChromium } from "../support/vscode/chromium.ts";
import { settle } from "../support/vscode/desk.ts";
import { Palette } from "../support/vscode/palette.ts";
import { cleanEnvironment } from "../support/vscode/profile.ts";

let browser: Browser | undefined;
let page: Page | undefined;

afterEach(async ({ task }) => {
	if (task.result?.state === "fail") await page?.screenshot({ path: "dist/failures/npm-start.png" });
	await browser?.close();
});

/** What the program printed so far. */
class Start {
	readonly process: ChildProcess;
	private printed = "";

	constructor(...args: string[]) {
		this.process = spawn(process.execPath, ["dist/start.js", ...args], {
			env: cleanEnvironment(),
			stdio: ["ignore", "pipe", "pipe"],
		});
		atExit(() => this.process.kill("SIGTERM"));
		for (const stream of [this.process.stdout, this.process.stderr]) {
			stream?.on("data", (chunk) => {
				this.printed += chunk;
			});
		}
	}

	async says(text: string | RegExp): Promise<string> {
		await expect.poll(() => this.printed, { timeout: 20_000 }).toMatch(text);
		return this.printed;
	}

	/** As Ctrl+C does. */
	async interrupt(): Promise<number | null> {
		const ended = new Promise<number | null>((done) => this.process.once("exit", done));
		this.process.kill("SIGINT");
		return await ended;
	}
}

/** Of every process of the group that is not dead. */
function living(group: number): string[] {
	return readdirSync("/proc").filter((pid) => {
		const [state, , itsGroup] = statOf(pid);
		return Number(itsGroup) === group && state !== "Z";
	});
}

/** What follows the program's name in /proc/PID/stat. */
function statOf(pid: string | number): string[] {
	try {
		const text = readFileSync(`/proc/${pid}/stat`, "utf8");
		return text.slice(text.lastIndexOf(")") + 2).split(" ");
	} catch {
		return [];
	}
}

test("npm start opens an editor where five requests wait, prints what is decided there, and leaves nothing behind", async () => {
	const start = new Start("--browser", "--port", "0");
	const [address = ""] = /http:\S+/.exec(await start.says(/http:\S+\n/)) ?? [];
	const folder = new URL(address).searchParams.get("folder") ?? "";
	// The address lets in by its secret alone.
	expect((await fetch(new URL(address).origin)).status).toBe(403);
	browser = await launchChromium(await provisionChromium());
	page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
	page.setDefaultTimeout(20_000);
	await page.goto(address);
	const icon = page.locator('.activitybar .action-item:has(.action-label[aria-label^="Countersign"])');
	await icon.locator(".badge-content", { hasText: /^5$/ }).waitFor();
	await start.says("I ask for all five, and wait");

	await icon.click();
	await page.screenshot({ path: "dist/shots/start.png" });
	await page.getByRole("treeitem").filter({ hasText: "delete config.yml" }).first().click();
	await page.locator(".tab.active", { hasText: "asked by" }).waitFor();
	await page.locator(".editor-group-container.active .editor-instance .view-line").first().waitFor();
	await settle({ page });
	const palette = new Palette(page);
	await palette.run("Countersign: Deny…");
	await palette.input.fill("production config");
	await page.keyboard.press("Enter");
	await start.says(
		'night-shift> file_delete(production/config.yml): denied, "production config". I leave it as it is.',
	);
	const printed = await start.says("] CANCELED: file_delete (reason: production config)");
	expect(printed).toMatch(/^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d] REQUEST: file_delete\("\S+config\.yml"\)$/m);
	expect(printed).toMatch(/^\[[-0-9: ]+] DENIED by \S+ via editor$/m);
	expect(existsSync(join(folder, "production/config.yml"))).toBe(true);

	await page.reload();
	await start.says("The gate is back.");
	await icon.locator(".badge-content", { hasText: /^4$/ }).waitFor();

	await page.getByRole("treeitem").filter({ hasText: "run echo night shift" }).first().click();
	await page.locator(".tab.active", { hasText: "run, asked by" }).waitFor();
	await page.locator(".editor-group-container.active .editor-instance .view-line").first().waitFor();
	await settle({ page });
	await page.keyboard.press("Shift+Alt+KeyY");
	await start.says("night-shift> shell_execute(echo night shift done > last-run.txt): approved, and done. I go on.");
	expect(readFileSync(join(folder, "last-run.txt"), "utf8").trim()).toBe("night shift done");

	const server = processesNaming(dirname(folder)).find(({ words }) =>
		words.some((word) => word.includes("server-main")),
	);
	const group = Number(statOf(server?.pid ?? 0)[2]);
	expect(living(group).length).toBeGreaterThan(1);
	expect(await start.interrupt()).toBe(0);
	await expect.poll(() => living(group)).toEqual([]);
	expect(processesNaming(dirname(folder))).toEqual([]);
	expect(existsSync(dirname(folder))).toBe(false);
});

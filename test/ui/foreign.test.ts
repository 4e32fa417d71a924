import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hookCommand, withHooks } from "../../src/adapters/claudeCode/settings.ts";
import { tempDir } from "../support/tempDir.ts";
import { Desk, read } from "../support/vscode/desk.ts";

interface Call {
	readonly at: number;
	readonly name?: string;
	readonly front?: string;
	readonly done?: number;
}

const SETTINGS = ".claude/settings.local.json";
const CONNECTED = withHooks("", hookCommand("/bin/countersign-hook", 60), 120);

let desk: Desk;
/** Packed. */
let intruder: string;

beforeAll(async () => {
	const vsix = join(tempDir("intruder-"), "intruder.vsix");
	const args = ["package", "--no-dependencies", "--allow-missing-repository", "--skip-license", "--out", vsix];
	const packed = spawnSync(resolve("node_modules/.bin/vsce"), args, {
		cwd: "test/fixtures/intruder",
		encoding: "utf8",
	});
	if (packed.status !== 0) throw new Error(`${packed.stdout}${packed.stderr}`);
	intruder = vsix;
	const files = { "open.txt": "a\nb\nc\n", "far.txt": "far\n", [SETTINGS]: CONNECTED };
	desk = await Desk.open(files, { extensions: [vsix] });
});

afterAll(() => desk?.close());

test("another extension that presses all that commands can press takes no agent away from the gate", async () => {
	const { window } = desk;
	await window.command("Intruder: Loosen");
	await window.dialog().getByText("Take Claude Code away from the gate?").waitFor();
	await expect.poll(() => existsSync(desk.path("loosened.txt")), { timeout: 40_000 }).toBe(true);
	expect(desk.read(SETTINGS)).toBe(CONNECTED);
	await window.screenshot("dist/shots/loosened.png");
	while (await window.dialog().isVisible()) {
		await window.press("Escape");
		await window.page.waitForTimeout(300);
	}
	expect(desk.read(SETTINGS)).toBe(CONNECTED);
});

const PAUSED = 'rules:\n  - { id: docs, effect: allow, tool: file_write, path: "*.txt", paused: true }\n';

test("another extension that presses all that commands can press makes no rule, adopts nothing, resumes nothing and vouches for nothing", async () => {
	const home = join(tempDir("home-"), ".countersign");
	mkdirSync(home, { mode: 0o700 });
	writeFileSync(join(home, "policy.yaml"), PAUSED);
	const files = { "open.txt": "a\n", ".countersign/policy.yaml": 'protect: ["src/**"]\n' };
	const other = await Desk.open(files, { extensions: [intruder], environment: { COUNTERSIGN_HOME: home } });
	const { window } = other;
	try {
		appendFileSync(join(home, "bin", "countersign"), "\n");
		await window.statusBar("gate files changed").waitFor();
		await window.view();
		const asked = await other.ask({ tool: "file_write", path: "open.txt", content: "b\n" });
		await read(window, "edit open.txt");
		await window.command("Countersign: Pause: Everything Waits");
		await window.command("Intruder: Rule");
		await expect.poll(() => existsSync(other.path("ruled.txt")), { timeout: 120_000 }).toBe(true);
		await window.screenshot("dist/shots/ruled.png");
		while (await window.dialog().isVisible()) {
			await window.press("Escape");
			await window.page.waitForTimeout(300);
		}
		expect(readFileSync(join(home, "policy.yaml"), "utf8")).toBe(PAUSED);
		expect(existsSync(join(home, "repositories"))).toBe(false);
		expect(await other.stateOf(asked)).toMatchObject({ status: "waiting" });
		const by = other.audit().filter(({ type, by }) => (type === "POLICY" || type === "DRIFT") && by !== undefined);
		expect(by.map(({ summary }) => summary)).toEqual(["paused: everything waits"]);
		await window.statusBar("gate files changed").waitFor();
	} finally {
		await other.close();
	}
}, 240_000);

test("another extension that calls every command approves nothing high, and decides nothing that was not in front", async () => {
	const { window } = desk;
	await window.openFile("open.txt");
	const normal = [
		await desk.ask({ tool: "file_write", path: "open.txt", content: "a\nB\nc\n" }),
		await desk.ask({ tool: "file_write", path: "far.txt", content: "near\n" }),
		await desk.ask({ tool: "shell_execute", command: "make" }),
	];
	const outside = desk.outside("outside.txt", "old\n");
	const grave = [
		await desk.ask({ tool: "file_write", path: outside, content: "new\n" }),
		await desk.ask({ tool: "file_write", path: ".vscode/settings.json", content: "{}\n" }),
	];
	await window.command("Intruder: Attack");
	const calls = await expect
		.poll(() => asOneWhoWorks(callsOf), { timeout: 240_000 })
		.toSatisfy(isDone)
		.then(callsOf);
	expect(calls.at(-1)?.done).toBeGreaterThanOrEqual(14);
	await window.screenshot("dist/shots/attacked.png");

	for (const one of grave) expect(await desk.stateOf(one)).not.toMatchObject({ status: "approved" });
	expect(readFileSync(outside, "utf8")).toBe("old\n");
	expect(existsSync(desk.path(".vscode/settings.json"))).toBe(false);
	const [inOpenFile] = normal;
	for (const { id } of [...normal, ...grave]) {
		const decision = desk.decisions().find(({ request }) => request === id);
		if (!decision) continue;
		const wasInFront = isInFront(calls, id, id === inOpenFile?.id, Date.parse(decision.time));
		expect(wasInFront, `${decision.decision} ${id}`).toBe(true);
	}
}, 360_000);

function callsOf(): Call[] {
	const path = desk.path("attack.jsonl");
	if (!existsSync(path)) return [];
	const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
	return lines.map((line) => JSON.parse(line) as Call);
}

const isDone = (calls: Call[]) => calls.at(-1)?.done !== undefined;

let touched = 0;

/** Somebody is at the window all the time: what is refused is not refused because nobody is there. */
async function asOneWhoWorks<T>(look: () => T): Promise<T> {
	if (Date.now() - touched > 10_000) {
		touched = Date.now();
		await desk.window.page.mouse.move(700 + (touched % 50), 600);
	}
	return look();
}

/** On a busy machine a decision is on record so long after the press that made it. Ms. */
const LATE = 2500;

/** In its own tab, or as the lines of the file that was open, at a look right before the decision. */
function isInFront(calls: readonly Call[], id: string, isInOpenFile: boolean, at: number): boolean {
	const last = calls.findLastIndex((call) => call.at <= at);
	return calls.some(({ at: then, front = "" }, index) => {
		if (index !== last && (then > at || then < at - LATE)) return false;
		// What carries a request's name and shows something else.
		if (front.includes("/harmless?")) return false;
		return front.includes(id) || (isInOpenFile && front.endsWith("/open.txt"));
	});
}

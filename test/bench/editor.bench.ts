import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Desk, read } from "../support/vscode/desk.ts";

/**
 * What a window costs, against the start of an empty Node in the same run. The goals are ratios: a slow machine is slow
 * for both.
 */

const ROUNDS = 9;
let desk: Desk | undefined;

afterAll(() => desk?.close());

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

function emptyNode(): number {
	const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
	return median(
		Array.from({ length: ROUNDS }, () => {
			const from = performance.now();
			spawnSync(process.execPath, ["-e", "0"], { env });
			return performance.now() - from;
		}),
	);
}

/** In a process that has its builtins loaded, as an extension host has. Ms. */
function loading(): number {
	const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
	const script = `require("node:http");require("node:crypto");require("node:fs/promises");
		const load = require("node:module"), original = load._load;
		load._load = (name, ...rest) => name === "vscode" ? {} : original(name, ...rest);
		const from = performance.now(); require(${JSON.stringify(resolve("dist/extension.js"))});
		console.log(performance.now() - from)`;
	const run = () => Number(spawnSync(process.execPath, ["-e", script], { env, encoding: "utf8" }).stdout);
	return median(Array.from({ length: ROUNDS }, run));
}

test("the figures of a window", { timeout: 300_000 }, async () => {
	const floor = emptyNode();
	desk = await Desk.open({ "a.txt": "0\n" });
	const { window } = desk;
	await window.command("Developer: Show Running Extensions");
	const list = window.page.locator(".runtime-extensions-editor");
	const row = list.locator(".monaco-list-row", { hasText: "Countersign" });
	// The slowest stand first, and only what is in sight is there.
	await list.hover();
	await expect
		.poll(async () => {
			await window.page.mouse.wheel(0, 200);
			return row.count();
		})
		.toBe(1);
	const activation = Number(/(\d+)ms/.exec((await row.textContent()) ?? "")?.[1]);

	await window.press("Escape");
	await window.page.locator(".monaco-modal-editor-block").waitFor({ state: "detached" });

	await window.view();
	const toBadge: number[] = [];
	const toDisk: number[] = [];
	for (let round = 1; round <= ROUNDS; round++) {
		const content = `${round}\n`;
		const from = performance.now();
		const asked = await desk.ask({ tool: "file_write", path: "a.txt", content });
		await window.page.locator(".activitybar .badge-content:visible", { hasText: "1" }).waitFor();
		toBadge.push(performance.now() - from);
		await read(window, "edit a.txt");
		const pressed = performance.now();
		void window.press("Shift+Alt+KeyY");
		while (readFileSync(desk.path("a.txt"), "utf8") !== content) await new Promise((done) => setTimeout(done, 1));
		toDisk.push(performance.now() - pressed);
		await asked.verdict;
		await window.row("Waiting").waitFor({ state: "detached" });
	}
	const line = (name: string, ms: number) =>
		`${name.padEnd(38)}${ms.toFixed(0).padStart(7)} ms  ${(ms / floor).toFixed(2)}`;
	const size = (name: string) => `${name.padEnd(38)}${(statSync(name).size / 1024).toFixed(0).padStart(7)} KiB`;
	console.log(
		[
			line("node -e 0", floor),
			line("require(dist/extension.js)", loading()),
			line("activation, as the editor counts it", activation),
			line("request to badge", median(toBadge)),
			line("key press to bytes on disk", median(toDisk)),
			...["dist/extension.js", "dist/window.js", "dist/cli.js", "dist/hook.cjs", "dist/countersign.vsix"].map(size),
		].join("\n"),
	);
	expect(activation).toBeGreaterThan(0);
});

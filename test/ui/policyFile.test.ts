import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Desk, goTo } from "../support/vscode/desk.ts";
import type { Window } from "../support/vscode/window.ts";

const BAD =
	'free: [file_read]\nauto_approve_after: 30\nrules:\n  - { id: all, effect: allow, tool: file_write, path: "**" }\n';

let desk: Desk;
let window: Window;

beforeAll(async () => {
	desk = await Desk.open({ "a.txt": "a\n", ".countersign/policy.yaml": BAD });
	window = desk.window;
});

afterAll(() => desk?.close());

const squiggles = () => window.page.locator(".editor-group-container.active .squiggly-error");
const suggestions = () => window.page.locator(".suggest-widget.visible .monaco-list-row .label-name");
/** Of the text; what a tab or a folder above it says of itself may still stand there. */
const hover = () => window.page.locator(".monaco-hover:not(.workbench-hover) .monaco-hover-content:visible .hover-row");

/** The person's own, as it was found on the disk when it was opened. */
async function openPolicy(text: string): Promise<void> {
	const path = join(window.countersignHome, "policy.yaml");
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(path, text);
	await window.command("Countersign: Open the Policy");
	await window.activeTab("policy.yaml").waitFor();
}

/** What shows when the mouse rests on a word. */
async function saidOf(word: string): Promise<string> {
	await window.page.mouse.move(700, 600);
	const line = window.page.locator(".editor-group-container.active .view-line", { hasText: word }).first();
	await line.getByText(word, { exact: false }).last().hover();
	await expect.poll(() => hover().count()).toBeGreaterThan(0);
	return (await hover().allInnerTexts()).join("\n").replaceAll("\u00a0", " ");
}

test("a wrong line of a policy is marked while it is written, with what to write instead", async () => {
	await openPolicy("free: [file_read]\n");
	await goTo(window, 2, 1);
	await window.type("enabled: false");
	await squiggles().first().waitFor();
	await window.screenshot("dist/shots/policy-squiggle.png");
	const said = await saidOf("enabled");
	expect(said).toContain("enabled: false is refused. There is no switch that turns the gate off.");
	expect(said).toContain("Only true");
	await goTo(window, 2, 15);
	for (let at = 0; at < 5; at++) await window.press("Backspace");
	await window.type("true");
	await squiggles().first().waitFor({ state: "detached" });
});

test("what may stand there is offered: keys on an empty line, effects in a rule, fields of its tool", async () => {
	await openPolicy("free: [file_read]\nenabled: true");
	await goTo(window, 2, 14);
	await window.press("Enter");
	await window.command("Trigger Suggest");
	await expect.poll(() => suggestions().allInnerTexts()).toContain("require_approval");
	await window.screenshot("dist/shots/policy-keys.png");
	await window.press("Escape");
	await window.type("rules:");
	await window.press("Enter");
	await window.type("- { id: a, effect: de");
	await expect.poll(() => suggestions().allInnerTexts()).toContain("deny");
	await window.screenshot("dist/shots/policy-effect.png");
	await window.press("Escape");
	await window.type("ny, tool: shell_execute, ");
	await window.command("Trigger Suggest");
	await expect.poll(async () => (await suggestions().allInnerTexts()).sort()).toEqual(["agent", "argv", "reason"]);
	await window.press("Escape");
});

test("in a repository's policy a rule that allows is marked as what it may not say", async () => {
	await window.command("File: Revert File");
	await window.closeTab();
	await window.view("Explorer");
	await window.clickRow(".countersign");
	await window.row("policy.yaml").last().click();
	await window.activeTab("policy.yaml").waitFor();
	await expect.poll(() => squiggles().count()).toBeGreaterThan(1);
	expect(await saidOf("all")).toContain("A repository may only ask or deny");
	expect(await saidOf("auto_approve_after")).toContain("Time never approves anything");
	await window.screenshot("dist/shots/policy-repository.png");
});

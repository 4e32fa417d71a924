import type { Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { GateClient } from "../../src/endpoint/client.ts";
import type { Action } from "../../src/protocol/action.ts";
import type { RequestState } from "../../src/protocol/messages.ts";
import { type Asked, Desk, goTo, look, meanIt, read, settle } from "../support/vscode/desk.ts";
import { rulerOf, scroll, scrollOf } from "../support/vscode/place.ts";

/** Where a person is before and after a decision, and the places where a request shows without being opened. */

const LINES = 300;
const text = (changed: readonly number[] = []) =>
	Array.from({ length: LINES }, (_, at) => `${changed.includes(at + 1) ? "LINE" : "line"} ${at + 1}\n`).join("");
const create = (path: string) => ({ tool: "file_write" as const, path, content: `${path}\n` });

let desk: Desk;
/** What agents other than the desk's own take back after a test. */
const others: (() => Promise<void>)[] = [];

beforeAll(async () => {
	desk = await Desk.open({ "long.txt": text(), "marked.txt": text() });
	await desk.window.view();
});

afterEach(async () => {
	for (const takeBack of others.splice(0)) await takeBack();
	await desk.cancelAll();
});

afterAll(() => desk?.close());

/** In the middle of the long file, with a selection that is not where the editor would put it by itself. */
async function standInLongFile(): Promise<string> {
	const { window } = desk;
	await window.openFile("long.txt");
	await goTo(window, 150, 3);
	for (const key of ["ArrowDown", "ArrowDown", "ArrowRight"]) await window.press(`Shift+${key}`);
	await window.statusBar("Ln 152, Col 4 (19 selected)").waitFor();
	await scroll(window, 130);
	return await scrollOf(window);
}

/** Back at the selection and the same lines, and what is typed goes there. */
async function expectBack(scrolled: string): Promise<void> {
	const { window } = desk;
	await window.tab("asked by").waitFor({ state: "detached" });
	await window.activeTab("long.txt").waitFor();
	await window.statusBar("Ln 152, Col 4 (19 selected)").waitFor();
	await settle(window);
	expect(await scrollOf(window)).toBe(scrolled);
	await window.type("z");
	await window.statusBar("Ln 150, Col 4").waitFor();
	await expect.poll(() => window.editorText()).toContain("\nlize 152\n");
	await window.press("Control+KeyZ");
	await window.statusBar("Ln 152, Col 4 (19 selected)").waitFor();
}

test("an approval by key leads back to the selection, the lines and the focus of the file that was open", async () => {
	const scrolled = await standInLongFile();
	const asked = await desk.ask(create("approved.txt"));
	await read(desk.window, "create approved.txt");
	await meanIt(desk.window);
	expect(await asked.verdict).toMatchObject({ status: "approved", outcome: "executed" });
	await expectBack(scrolled);
});

test("a denial by key, with a reason that is typed, leads back there too", async () => {
	const scrolled = await standInLongFile();
	const asked = await desk.ask(create("denied.txt"));
	await read(desk.window, "create denied.txt");
	await desk.window.press("Shift+Alt+KeyN");
	await desk.window.palette.input.fill("Not in this folder.");
	await desk.window.press("Enter");
	expect(await asked.verdict).toMatchObject({ status: "denied", decision: { reason: "Not in this folder." } });
	await expectBack(scrolled);
});

/** With the keyboard alone: into the list, down to the row, Enter. */
async function openByKeyboard(row: string): Promise<void> {
	const { window } = desk;
	await window.row(row).first().waitFor();
	await window.command("Countersign: Focus on Requests View");
	await window.page.locator(".part.sidebar .monaco-list:focus").first().waitFor();
	const focused = window.page.locator(".part.sidebar .monaco-list-row.focused", { hasText: row });
	await window.press("Home");
	await expect
		.poll(async () => {
			if ((await focused.count()) === 0) await window.press("ArrowDown");
			return focused.count();
		})
		.toBe(1);
	await window.press("Enter");
	await look(window, `${row.replace("create ", "")} · create, asked by`);
}

test("a review that was opened from the list by keyboard leads back to the file, and the next key approves nothing", async () => {
	const { window } = desk;
	const scrolled = await standInLongFile();
	const first = await desk.ask(create("first.txt"));
	const second = await desk.ask(create("second.txt"));
	await openByKeyboard("create first.txt");
	await meanIt(window);
	expect(await first.verdict).toMatchObject({ status: "approved" });
	await window.tab("asked by").waitFor({ state: "detached" });
	await settle(window);
	await window.press("Shift+Alt+KeyY");
	await settle(window);
	await expectBack(scrolled);
	expect(await desk.stateOf(second)).toMatchObject({ status: "waiting" });
});

test("with no file to lead back to, a key that is pressed again decides nothing more", async () => {
	const { window } = desk;
	await window.command("View: Close All Editors");
	const asked = [];
	for (const name of ["third", "fourth", "fifth"]) asked.push(await desk.ask(create(`${name}.txt`)));
	const [third, fourth, fifth] = asked as [Asked, Asked, Asked];
	await openByKeyboard("create third.txt");
	await meanIt(window);
	expect(await third.verdict).toMatchObject({ status: "approved" });
	await window.tab("asked by").waitFor({ state: "detached" });
	await openByKeyboard("create fourth.txt");
	await window.press("Shift+Alt+KeyY");
	await window.press("Shift+Alt+KeyY");
	expect(await fourth.verdict).toMatchObject({ status: "approved" });
	// Now the review may be gone, or just about to go.
	await window.press("Shift+Alt+KeyY");
	await settle(window);
	expect(await desk.stateOf(fifth)).toMatchObject({ status: "waiting" });
});

/** Typed into a review that cannot be changed. */
async function expectReadOnly(): Promise<void> {
	const { window } = desk;
	const before = await window.editorText();
	await window.type("x");
	await window.page.locator(".monaco-editor-overlaymessage", { hasText: "it cannot be changed here" }).waitFor();
	await window.press("Escape");
	expect(await window.editorText()).toBe(before);
	expect(await window.tab("asked by").and(window.page.locator(".dirty")).count()).toBe(0);
}

/** U+202E turns the text after it around, U+200B is not drawn at all. */
const outward: readonly { action: Action; row: string; shown: readonly string[] }[] = [
	{
		action: {
			tool: "api_call",
			method: "POST",
			url: "https://example.com/pay\u200b",
			headers: { "X-Note": "no\u202etes" },
			body: '{"amount": 100, "to": "al\u202eice"}',
		},
		row: "call POST",
		shown: [
			"POST https://example.com/pay\\u{200b}",
			"X-Note: no\\u{202e}tes",
			'{"amount": 100, "to": "al\\u{202e}ice"}',
		],
	},
	{
		action: { tool: "send_message", to: "team@example\u200b.com", text: "Deployed\u202e. All is well.\nBye\u200b." },
		row: "message team@example",
		shown: ["To: team@example\\u{200b}.com", "Deployed\\u{202e}. All is well.\nBye\\u{200b}."],
	},
	{
		action: { tool: "mcp_call", server: "db", name: "query", arguments: { "ta\u200bble": "us\u202eers", limit: 10 } },
		row: "call db/query",
		shown: ["db / query", '"ta\\u{200b}ble": "us\\u{202e}ers"', '"limit": 10'],
	},
];

test.each(outward)(
	"$row: a document that cannot be changed, with the real arguments; the agent does what is approved",
	async (one) => {
		const { window } = desk;
		const asked = await desk.ask(one.action);
		await read(window, one.row);
		const text = await window.editorText();
		for (const part of [...one.shown, "Characters that are not drawn: "]) expect(text).toContain(part);
		expect(text).not.toMatch(/[\u200b\u202e]/);
		await expectReadOnly();
		expect(await desk.stateOf(asked)).toMatchObject({ status: "waiting" });
		await settle(window);
		await meanIt(window);
		expect(await asked.verdict).toMatchObject({
			status: "approved",
			outcome: "executing",
			decision: { via: "editor" },
		});
		await window.tab("asked by").waitFor({ state: "detached" });
		const agent = await desk.agent();
		await agent.call("request/report", { id: asked.id, outcome: "executed" });
		expect(await desk.stateOf(asked)).toMatchObject({ status: "approved", outcome: "executed" });
	},
);

/** An agent other than the desk's, which asks to create files. */
async function askerAs(name: string, session: string): Promise<(path: string) => Promise<void>> {
	const client = await GateClient.connect(await desk.discovery(), { agent: { name }, session: { id: session } });
	const ids: string[] = [];
	others.push(async () => {
		for (const id of ids) await client.call("request/cancel", { id });
		client.close();
	});
	return async (path) => {
		const params = { key: path, action: create(path), waitMs: 0 };
		ids.push(((await client.call("request/submit", params)) as RequestState).id);
	};
}

async function approve(name: string): Promise<void> {
	await read(desk.window, `create ${name}`);
	await meanIt(desk.window);
	await desk.window.tab(name).waitFor({ state: "detached" });
}

/** A row that is drawn anew between a press and its release has heard nothing: then it is pressed again. */
async function openDecided(): Promise<void> {
	const decided = desk.window.row("Decided");
	await expect
		.poll(async () => {
			if ((await decided.getAttribute("aria-expanded")) !== "true") await decided.click();
			await settle(desk.window);
			return decided.getAttribute("aria-expanded");
		})
		.toBe("true");
}

/** The rows on screen from Waiting up to what follows it, each with its depth. */
async function waitingRows(): Promise<string[]> {
	const rows = desk.window.page.locator('.part.sidebar .monaco-list-row[role="treeitem"]');
	const all = await rows.evaluateAll((found) =>
		found
			.map((row) => ({
				top: row.getBoundingClientRect().top,
				level: Number(row.getAttribute("aria-level")),
				label: row.querySelector(".label-name")?.textContent ?? "",
				said: row.querySelector(".label-description")?.textContent ?? "",
			}))
			.sort((one, other) => one.top - other.top),
	);
	const start = all.findIndex(({ label }) => label === "Waiting");
	const end = all.findIndex(({ level }, at) => at > start && level === 1);
	return all
		.slice(start + 1, end < 0 ? undefined : end)
		.map(({ level, label, said }) => (level === 2 ? `${label}, ${said}` : `  ${label}`));
}

test("two agents and two sessions of one agent have rows of their own, and what is decided leaves them", async () => {
	const { window } = desk;
	const morning = await askerAs("builder", "morning");
	const evening = await askerAs("builder", "evening");
	const tester = await askerAs("tester", "morning");
	await morning("a1.txt");
	await evening("b1.txt");
	await tester("c1.txt");
	await morning("a2.txt");
	const morningRows = ["builder, morning", "  create a1.txt", "  create a2.txt"];
	const eveningRows = ["builder, evening", "  create b1.txt"];
	const testerRows = ["tester, morning", "  create c1.txt"];
	await expect.poll(waitingRows).toEqual([...morningRows, ...eveningRows, ...testerRows]);
	await window.screenshot("dist/shots/sessions.png");
	// The session whose request has waited longest comes first.
	await approve("a1.txt");
	await expect
		.poll(waitingRows)
		.toEqual([...eveningRows, ...testerRows, ...morningRows.filter((row) => !row.endsWith("a1.txt"))]);
	await approve("b1.txt");
	await expect.poll(waitingRows).toEqual([...testerRows, "builder, morning", "  create a2.txt"]);
	await openDecided();
	for (const name of ["a1.txt", "b1.txt"]) await window.row(new RegExp(`create ${name}.*approved by`)).waitFor();
});

/** Seconds that the status bar gives to the oldest. */
async function ageShown(count: number): Promise<number> {
	const shown = (await desk.window.statusBar(`${count} waiting`).textContent()) ?? "";
	return Number(/· (\d+) s/.exec(shown)?.[1] ?? Number.NaN);
}

test("the status bar counts what waits and tells the age of the oldest, which goes on by itself", async () => {
	const start = Date.now();
	const oldest = await desk.ask(create("old.txt"));
	await desk.window.statusBar("1 waiting").waitFor();
	expect(await ageShown(1)).toBeLessThanOrEqual((Date.now() - start) / 1000);
	await expect.poll(() => ageShown(1)).toBeGreaterThanOrEqual(4);
	const younger = Date.now();
	await desk.ask(create("young.txt"));
	await desk.window.statusBar("2 waiting").waitFor();
	const then = await ageShown(2);
	expect(then).toBeGreaterThanOrEqual(4);
	expect(then).toBeLessThanOrEqual((Date.now() - start) / 1000);
	await expect.poll(() => ageShown(2)).toBeGreaterThan(then);
	await desk.takeBack(oldest);
	await desk.window.statusBar("1 waiting").waitFor();
	expect(await ageShown(1)).toBeLessThanOrEqual((Date.now() - younger) / 1000);
});

test("what would change in an open file is marked at its places beside the scrollbar, while it waits", async () => {
	const { window } = desk;
	await window.openFile("marked.txt");
	const marks = async () => placesIn(await rulerOf(window));
	expect(await marks()).toEqual([]);
	const content = text([100]).replace("line 200\n", "line 200\nnew\n").replace("line 280\n", "");
	const asked = await desk.ask({ tool: "file_write", path: "marked.txt", content });
	await expect.poll(async () => (await marks()).length).toBe(3);
	await window.screenshot("dist/shots/ruler.png");
	const editor = window.page.locator(".editor-group-container.active .editor-instance");
	// The last line can be scrolled to the top: below it the height of the editor counts too.
	const all = LINES + (await heightOf(editor)) / (await heightOf(editor.locator(".view-line")));
	for (const [at, line] of [100, 200, 280].entries())
		expect(Math.abs(((await marks())[at] ?? 0) - line / all)).toBeLessThan(0.015);
	await desk.takeBack(asked);
	await expect.poll(marks).toEqual([]);
});

/** As the theme of the tests draws what waits. */
const WARNING = "204,167,0";

/** The middles of the marks of that colour, from 0 at the top to 1. */
function placesIn(ruler: readonly string[]): number[] {
	const isMarked = (row: number) => ruler[row]?.includes(WARNING) ?? false;
	return ruler.flatMap((_, start) => {
		if (!isMarked(start) || isMarked(start - 1)) return [];
		let end = start;
		while (isMarked(end + 1)) end++;
		return [(start + end) / 2 / ruler.length];
	});
}

const heightOf = async (element: Locator) => (await element.first().boundingBox())?.height ?? 0;

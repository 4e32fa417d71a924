import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { GateClient } from "../../src/endpoint/client.ts";
import { submit } from "../support/agent.ts";
import { Desk, look, meanIt, read } from "../support/vscode/desk.ts";

/** Which tabs are open is written down every five seconds; a page that is reloaded sooner opens without the last one. Ms. */
const UNTIL_WRITTEN_DOWN = 7000;

let desk: Desk;

beforeEach(async () => {
	desk = await Desk.open({ "a.txt": "a\n", "b.txt": "b\n", "c.txt": "c\n" });
	await desk.window.view();
});

afterEach(() => desk?.close());

const threeWaiting = async () => [
	await desk.ask({ tool: "file_write", path: "a.txt", content: "new a\n" }),
	await desk.ask({ tool: "file_delete", path: "b.txt" }),
	await desk.ask({ tool: "shell_execute", command: "make c" }),
];

/** From the top, without their ages. */
async function waitingRows(): Promise<string[]> {
	const found = await desk.window.row(/^(edit|delete|run)/).evaluateAll((rows) =>
		rows.map((row) => ({
			index: Number(row.getAttribute("data-index")),
			label: row.getAttribute("aria-label") ?? "",
		})),
	);
	// In the page they stand in the order in which they were drawn.
	const labels = found.sort((one, other) => one.index - other.index).map(({ label }) => label);
	return labels.map((label) => label.replace(/, \d+ \w+/, ""));
}

const rows = ["edit a.txt", "delete b.txt", "run make c"];

async function approveFirst(): Promise<void> {
	await read(desk.window, "edit a.txt");
	await meanIt(desk.window);
}

// The editor itself keeps what was typed after a second, and puts it back without asking us for the text below it.
test.each([
	["a moment ago", 600],
	["that the editor keeps too", 1500],
])(
	"a reload keeps the queue as it was, and the reviewer's edits %s; the agent asks on and gets its verdict",
	async (_, ms) => {
		const before = await threeWaiting();
		for (const row of rows) await desk.window.row(row).first().waitFor();
		const queue = await waitingRows();
		expect(queue).toHaveLength(3);
		const records = desk.audit().filter(({ type }) => type === "REQUEST");
		const gone = await desk.discovery();
		await read(desk.window, "edit a.txt");
		await desk.window.press("Control+End");
		await desk.window.type("mine");
		await desk.window.tab("asked by").and(desk.window.page.locator(".dirty")).waitFor();
		await desk.window.page.waitForTimeout(ms);
		await desk.window.reload();
		const after = await desk.resume(gone, before);
		for (const row of rows) await desk.window.row(row).first().waitFor();
		await expect.poll(() => desk.window.badge()).toBe("3");
		for (const one of after) expect(await desk.stateOf(one)).toMatchObject({ status: "waiting" });
		expect(await waitingRows()).toEqual(queue);
		// Each in its own revision, bound as it was: nothing was asked anew.
		expect(desk.audit().filter(({ type }) => type === "REQUEST")).toEqual(records);
		expect(desk.decisions()).toEqual([]);
		await approveFirst();
		expect(await after[0]?.verdict).toMatchObject({ status: "approved", outcome: "executed" });
		expect(desk.read("a.txt")).toBe("new a\nmine");
	},
);

test("a review that the editor opens again with the reviewer's edits is approved where it stands", async () => {
	const { window } = desk;
	const asked = await desk.ask({ tool: "file_write", path: "a.txt", content: "new a\n" });
	const gone = await desk.discovery();
	await read(window, "edit a.txt");
	await window.press("Control+End");
	await window.type("mine");
	await window.page.waitForTimeout(UNTIL_WRITTEN_DOWN);
	await window.reload();
	const [again] = await desk.resume(gone, [asked]);
	await look(window);
	expect(await window.editorText()).toContain("mine");
	await meanIt(window);
	expect(await again?.verdict).toMatchObject({ outcome: "executed", decision: { edited: true } });
	expect(desk.read("a.txt")).toBe("new a\nmine");
});

test("a reload keeps the box above a review, with the agent's words", async () => {
	const { window } = desk;
	const asked = await desk.ask({ tool: "file_write", path: "a.txt", content: "new a\n" }, "The old text is wrong.");
	const gone = await desk.discovery();
	await read(window, "edit a.txt");
	const box = window.page.locator(".review-widget .comment-body");
	await expect.poll(() => box.textContent()).toContain("The old text is wrong.");
	await window.page.waitForTimeout(UNTIL_WRITTEN_DOWN);
	await window.reload();
	await desk.resume(gone, [asked]);
	await look(window);
	await expect.poll(() => box.textContent()).toContain("The old text is wrong.");
	expect(await box.count()).toBe(1);
	expect(await desk.stateOf(asked)).toMatchObject({ status: "waiting" });
	expect(desk.decisions()).toEqual([]);
});

test("the extension host killed in mid-wait decides nothing and loses nothing", async () => {
	const before = await threeWaiting();
	const gone = await desk.discovery();
	const explained = await desk.ask({ tool: "file_write", path: "d.txt", content: "d\n" }, "It is missing.");
	await read(desk.window, "create d.txt");
	process.kill(await desk.window.extensionHostPid(), "SIGKILL");
	for (const one of before) await expect(one.verdict).rejects.toThrow();
	// The editor starts the next one by itself, in the window as it stands.
	const after = await desk.resume(gone, before);
	for (const row of rows) await desk.window.row(row).first().waitFor();
	for (const one of [...after, explained]) expect(await desk.stateOf(one)).toMatchObject({ status: "waiting" });
	const box = desk.window.page.locator(".review-widget .comment-body");
	await expect.poll(async () => (await box.allTextContents()).join()).toContain("It is missing.");
	expect(desk.decisions()).toEqual([]);
	expect(desk.read("a.txt")).toBe("a\n");
	await approveFirst();
	expect(await after[0]?.verdict).toMatchObject({ status: "approved", outcome: "executed" });
	expect(desk.read("a.txt")).toBe("new a\n");
}, 120_000);

test("two requests at once are two decisions, each for its own agent", async () => {
	const { window } = desk;
	const day = await GateClient.connect(await desk.discovery(), {
		agent: { name: "day-agent" },
		session: { id: "day" },
	});
	onTestFinished(() => day.close());
	const theirs = submit(day, "key-1", { tool: "file_write", path: "c.txt", content: "other\n" });
	const ours = await desk.ask({ tool: "file_write", path: "a.txt", content: "one\n" });
	await expect.poll(() => window.badge()).toBe("2");
	await read(window, "edit c.txt");
	await meanIt(window);
	expect(await theirs).toMatchObject({ key: "key-1", status: "approved", outcome: "executed" });
	expect(await desk.stateOf(ours)).toMatchObject({ key: "key-1", status: "waiting" });
	expect([desk.read("a.txt"), desk.read("c.txt")]).toEqual(["a\n", "other\n"]);
	await read(window, "edit a.txt");
	await window.press("Shift+Alt+KeyN");
	await window.palette.pick("Do not touch this file.");
	const reason = "Do not touch this file.";
	expect(await ours.verdict).toMatchObject({ status: "denied", outcome: null, decision: { reason } });
	expect(desk.decisions().map(({ agent, decision }) => [agent, decision])).toEqual([
		["day-agent", "approved"],
		["night-agent", "denied"],
	]);
	expect(desk.read("a.txt")).toBe("a\n");
});

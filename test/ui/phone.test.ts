import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { OWNER, TelegramDouble, TOKEN } from "../support/telegramDouble.ts";
import { tempDir } from "../support/tempDir.ts";
import { Desk, meanIt, read, settle } from "../support/vscode/desk.ts";
import type { Window } from "../support/vscode/window.ts";

/** Nobody is reached yet; the Bot API is on this machine. */
const nobody = (telegram: TelegramDouble) => `telegram:\n  api_root: ${telegram.url}\n`;

let telegram: TelegramDouble;
let desk: Desk;
let window: Window;

async function openDesk(options: { theme?: string; trust?: boolean } = {}): Promise<Desk> {
	const home = tempDir("home-");
	chmodSync(home, 0o700);
	writeFileSync(join(home, "channels.yaml"), nobody(telegram), { mode: 0o600 });
	const environment = { COUNTERSIGN_HOME: home };
	const files = { "a.txt": "a\n", "b.txt": "b\n", "c.txt": "c\n", "d.txt": "d\n" };
	return await Desk.open(files, { environment, ...options });
}

beforeAll(async () => {
	telegram = await TelegramDouble.start();
	desk = await openDesk();
	window = desk.window;
});

afterAll(async () => {
	await desk?.close();
	await telegram?.close();
});

const channels = () => readFileSync(join(window.countersignHome, "channels.yaml"), "utf8");
const button = (name: string) => window.dialog().getByRole("button", { name, exact: true });
const shot = (name: string) => window.screenshot(`dist/shots/phone-${name}.png`);
const said = (text: string | RegExp, of = window) => of.palette.box.getByText(text).first().waitFor();

async function dismissed(text: string | RegExp): Promise<void> {
	await window.toast(text).first().waitFor();
	await window.command("Notifications: Clear All Notifications");
}

async function choseKind(label = "Telegram", of = window): Promise<void> {
	await of.command("Countersign: Add a Phone…");
	await of.palette.pick(label);
	await said(/Write \/newbot to @BotFather/, of);
}

async function gaveToken(token: string, of = window): Promise<void> {
	await of.palette.box.locator("input").first().fill(token);
	await of.press("Enter");
}

/** Until the code is on the screen. */
async function sawCode(of = window): Promise<string> {
	await said(/^Add a Phone: Telegram, Send \/start \d{6} to @gate_bot$/, of);
	const [first = ""] = await of.palette.items();
	return /\/start (\d{6})/.exec(first)?.[1] ?? "";
}

async function givenUp(of = window): Promise<void> {
	await of.press("Escape");
	await of.palette.box.waitFor({ state: "detached" }).catch(() => of.palette.box.waitFor({ state: "hidden" }));
}

/** A window that has not got the focus, as one behind others, from its start on. */
async function walkAway(): Promise<void> {
	const { token } = await desk.discovery();
	await window.page.addInitScript("document.hasFocus = () => false");
	await window.reload();
	await desk.discovery(token);
	await window.view();
}

test("who gives up at any step, or sees a stranger's name, has written nothing", async () => {
	await window.command("Countersign: Add a Phone…");
	await said("not connected");
	await settle(window);
	await shot("kind");
	await givenUp();

	await choseKind();
	await settle(window);
	await shot("token");
	await givenUp();

	await choseKind();
	await gaveToken(TOKEN);
	await sawCode();
	await givenUp();
	expect(channels()).toBe(nobody(telegram));

	await choseKind();
	await gaveToken(TOKEN);
	const code = await sawCode();
	telegram.write(`/start ${code}`, { from: 888 });
	await window.palette.pick("Approve and Deny");
	await window.dialog().getByText("other (888) sent the code. May they decide by Telegram?").waitFor();
	await window.press("Enter");
	await dismissed("No phone was connected.");
	expect(channels()).toBe(nobody(telegram));
	await settle(window);
});

test("a token that cannot be one, and one that Telegram does not know, say so in the box and can be typed again", async () => {
	await choseKind();
	expect(await window.palette.box.locator("input").first().getAttribute("type")).toBe("password");
	await gaveToken("hello");
	await said("That is not a bot's token.");
	await settle(window);
	await shot("token-wrong");
	const unknown = TOKEN.replace("4242", "4343");
	await gaveToken(unknown);
	await said("Telegram does not know the bot's token.");
	await settle(window);
	await shot("token-unknown");
	await gaveToken(TOKEN);
	await sawCode();
	await givenUp();
	expect(channels()).toBe(nobody(telegram));
});

test("a phone is connected by the code on the screen, in a private chat, once a person said whose it is", async () => {
	await choseKind();
	await gaveToken(TOKEN);
	const code = await sawCode();
	await settle(window);
	await shot("code-dark");
	telegram.write(`/start ${code}`, { chat: -100 });
	telegram.write(`/start ${code === "000000" ? "000001" : "000000"}`, { from: 888 });
	await telegram.heard();
	await window.palette.pick(`/start ${code}`);
	await said("copied");
	expect(await window.page.evaluate("navigator.clipboard.readText()")).toBe(`/start ${code}`);
	await window.page.mouse.click(640, 500);
	await sawCode();

	telegram.write(`/start ${code}`);
	await said(`zhaocaiwen (${OWNER}) Sent the Code`);
	await settle(window);
	await shot("grant");
	await window.palette.pick("Approve and Deny");
	await window.dialog().getByText(`zhaocaiwen (${OWNER}) sent the code. May they decide by Telegram?`).waitFor();
	await settle(window);
	await shot("confirm");
	expect(channels()).toBe(nobody(telegram));
	await button("Connect").click();
	await window.toast(`zhaocaiwen (${OWNER}) decides by Telegram from now on.`).waitFor();
	await settle(window);
	await shot("connected");
	await dismissed("decides by Telegram");
	expect(channels()).toBe(`telegram:\n  api_root: ${telegram.url}\n  token: ${TOKEN}\n  users:\n    - ${OWNER}\n`);
	expect(statSync(join(window.countersignHome, "channels.yaml")).mode & 0o777).toBe(0o600);
});

test("what waits at an empty desk comes to the phone, and each side shows what the other decided", async () => {
	const early = await desk.ask({ tool: "file_write", path: "a.txt", content: "new\n" });
	await settle(window);
	// Somebody is at this window, and has a minute.
	expect(telegram.called("sendMessage").filter(({ raw }) => raw.includes("a.txt"))).toEqual([]);
	await desk.takeBack(early);
	const gone = await desk.discovery();
	await walkAway();
	await desk.resume(gone, []);

	const denied = await desk.ask({ tool: "file_write", path: "b.txt", content: "new\n" });
	const first = await telegram.card(/b\.txt/);
	await telegram.press(first, "Deny");
	await telegram.until(() => first.buttons.length === 7);
	await telegram.press(first, first.buttons[0]?.text ?? "");
	expect(await denied.verdict).toMatchObject({ status: "denied", decision: { by: "zhaocaiwen", via: "telegram" } });
	await window.clickRow("Decided");
	await window.row("b.txt").filter({ hasText: "denied by zhaocaiwen via telegram" }).waitFor();
	await settle(window);
	await shot("denied");
	expect(desk.read("b.txt")).toBe("b\n");

	const approved = await desk.ask({ tool: "file_write", path: "c.txt", content: "new\n" });
	const second = await telegram.card(/c\.txt/);
	expect(await telegram.press(second, "Approve")).toBe("Approved.");
	expect(await approved.verdict).toMatchObject({
		status: "approved",
		outcome: "executed",
		decision: { via: "telegram" },
	});
	await window.row("c.txt").filter({ hasText: "approved by zhaocaiwen via telegram, executed" }).waitFor();
	expect(desk.read("c.txt")).toBe("new\n");

	const here = await desk.ask({ tool: "file_write", path: "d.txt", content: "new\n" });
	const third = await telegram.card(/d\.txt/);
	const approve = third.buttons.find(({ text }) => text === "Approve")?.callback_data ?? "";
	await read(window, "edit d.txt");
	await meanIt(window);
	expect(await here.verdict).toMatchObject({ status: "approved", decision: { via: "editor" } });
	await telegram.until(() => /approved by .* via editor, executed/.test(third.text) && third.buttons.length === 0);
	expect(await telegram.press(third, "Deny", { data: approve })).toMatch(/already|approved by .* via editor/i);
	expect(desk.decisions().filter(({ request }) => request === here.id)).toHaveLength(1);
}, 120_000);

test("a second phone by the same bot replaces the first, and this window does not take its own listening for a stranger's", async () => {
	await choseKind(`Replace ${OWNER} on Telegram`);
	await gaveToken(TOKEN);
	const code = await sawCode();
	telegram.write(`/start ${code}`, { from: 888 });
	await window.palette.pick("Only Deny");
	await window.dialog().getByText(`${OWNER} can decide nothing there from then on.`).waitFor();
	await button("Connect").click();
	await window.toast("other (888) decides").waitFor();
	expect((await window.toasts()).join()).not.toContain("Somebody else");
	await dismissed("other (888) decides by Telegram from now on.");
	expect(channels()).toMatch(/users:\n {4}- 888\n {2}approve: false/);
	const asked = await desk.ask({ tool: "file_write", path: "a.txt", content: "newest\n" });
	const card = await telegram.until(() =>
		telegram.messages.findLast(({ chat, text }) => chat === 888 && /a\.txt/.test(text)),
	);
	expect(card.buttons.map(({ text }) => text)).not.toContain("Approve");
	await desk.takeBack(asked);
});

test("a channel that somebody else uses is told of at the desk", async () => {
	telegram.fail(409, { method: "getUpdates" });
	const warning = window.toast("telegram: Somebody else uses this bot's token.");
	await warning.waitFor();
	await settle(window);
	await shot("conflict");
	await dismissed("Somebody else");
});

test("a phone that is removed decides nothing, and nothing of its token is left", async () => {
	const asked = await desk.ask({ tool: "file_write", path: "a.txt", content: "newest\n" });
	await window.command("Countersign: Remove a Phone…");
	await window.palette.pick("Telegram");
	await window.dialog().getByText("Remove the Telegram phone of 888?").waitFor();
	await settle(window);
	await shot("remove");
	await button("Remove").click();
	await dismissed("Nobody decides by Telegram any more.");
	expect(channels()).not.toContain(TOKEN);
	expect(await desk.stateOf(asked)).toMatchObject({ status: "waiting" });
	await window.command("Countersign: Remove a Phone…");
	await dismissed("No phone is connected.");
	await desk.cancelAll();
});

test("a channels.yaml that cannot be used is said, before anything is asked", async () => {
	const path = join(window.countersignHome, "channels.yaml");
	writeFileSync(path, "telegram: { users: [one] }\n");
	await window.command("Countersign: Add a Phone…");
	await window.toast("No phone can be connected before this is mended").waitFor();
	await window.toast("No phone can be connected").getByRole("button", { name: "Open the File" }).click();
	await window.activeTab("channels.yaml").waitFor();
});

afterEach(({ task }) => {
	if (task.result?.state === "fail") console.error(telegram.transcript());
});

/** Files of the editor in which a text stands. */
function filesWith(text: string): string[] {
	const entries = readdirSync(window.userData, { recursive: true, withFileTypes: true });
	const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
	return files.filter((file) => readFileSync(file).includes(text));
}

test("the token is in no setting, no state, no log and no clipboard of the editor", async () => {
	const [secret = ""] = TOKEN.split(":").slice(1);
	expect(filesWith("autoUpdate")).not.toEqual([]);
	expect(filesWith(secret)).toEqual([]);
	expect(await window.page.evaluate("navigator.clipboard.readText()")).not.toContain(secret);
});

test.for([
	{ name: "light", theme: "Default Light Modern", trust: true },
	{ name: "contrast", theme: "Default High Contrast", trust: false },
])("$theme, Restricted Mode $trust: the code can be read", async ({ name, ...options }) => {
	const other = await openDesk(options);
	try {
		await choseKind("Telegram", other.window);
		await gaveToken(TOKEN, other.window);
		await sawCode(other.window);
		await settle(other.window);
		await other.window.screenshot(`dist/shots/phone-code-${name}.png`);
	} finally {
		await other.close();
	}
});

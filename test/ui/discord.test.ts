import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DiscordDouble, OWNER, TOKEN } from "../support/discordDouble.ts";
import { tempDir } from "../support/tempDir.ts";
import { Desk, settle } from "../support/vscode/desk.ts";

let discord: DiscordDouble;
let desk: Desk;

beforeAll(async () => {
	discord = await DiscordDouble.start();
	const home = tempDir("home-");
	chmodSync(home, 0o700);
	writeFileSync(join(home, "channels.yaml"), `discord:\n  api_root: ${discord.url}\n`, { mode: 0o600 });
	desk = await Desk.open({ "a.txt": "a\n" }, { environment: { COUNTERSIGN_HOME: home } });
});

afterAll(async () => {
	await desk?.close();
	await discord?.close();
});

test("a phone is connected by Discord too, and what it decides is what the editor shows", async () => {
	const { window } = desk;
	await window.command("Countersign: Add a Phone…");
	await window.palette.pick("Discord");
	await window.palette.box
		.getByText(/Make a New Application/)
		.first()
		.waitFor();
	await window.palette.box.locator("input").first().fill(TOKEN);
	await window.press("Enter");
	const line = window.palette.box.getByText(/^Add a Phone: Discord, Send \/countersign code:\d{6} to Your Bot$/);
	await line.waitFor();
	const code = /code:(\d{6})/.exec((await line.textContent()) ?? "")?.[1] ?? "";
	await settle(window);
	await window.screenshot("dist/shots/discord-code.png");
	expect(await discord.command(code)).toMatch(/^That is the code\./);
	await window.palette.pick("Approve and Deny");
	await window.dialog().getByText(`zhaocaiwen (${OWNER}) sent the code. May they decide by Discord?`).waitFor();
	await window.dialog().getByRole("button", { name: "Connect", exact: true }).click();
	await window.toast("decides by Discord from now on").waitFor();

	const { token } = await desk.discovery();
	await window.page.addInitScript("document.hasFocus = () => false");
	await window.reload();
	await desk.discovery(token);
	await window.view();
	const asked = await desk.ask({ tool: "file_write", path: "a.txt", content: "b\n" });
	const card = await discord.card(/a\.txt/);
	expect(await discord.press(card, "Approve")).toBe("Approved.");
	expect(await asked.verdict).toMatchObject({ outcome: "executed", decision: { via: "discord" } });
	expect(readFileSync(desk.path("a.txt"), "utf8")).toBe("b\n");
	await window.clickRow("Decided");
	await window.row("edit a.txt").filter({ hasText: "approved by zhaocaiwen via discord, executed" }).waitFor();
});

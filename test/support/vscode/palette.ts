import { setTimeout as pause } from "node:timers/promises";
import type { Locator, Page } from "playwright-core";

/** The box at the top of the window: commands, files, and what an extension asks by showQuickPick and showInputBox. */
export class Palette {
	private readonly page: Page;

	constructor(page: Page) {
		this.page = page;
	}

	get box(): Locator {
		return this.page.locator(".quick-input-widget:visible");
	}

	get input(): Locator {
		return this.box.locator("input[type=text]");
	}

	async run(title: string): Promise<void> {
		await this.open("F1", `>${title}`);
		await this.pick(title);
		// What the command asks may come in the same box: whoever types next must not type into the old one.
		const isOld = () =>
			this.input.inputValue({ timeout: 100 }).then(
				(typed) => typed.startsWith(">"),
				() => false,
			);
		for (const until = Date.now() + 10_000; Date.now() < until && (await isOld()); ) await pause(30);
	}

	/** Which commands the palette offers for what was typed. */
	async commands(typed: string): Promise<string[]> {
		await this.open("F1", `>${typed}`);
		await this.box.locator(".quick-input-list .monaco-list-row").first().waitFor();
		const titles = await this.items();
		await this.page.keyboard.press("Escape");
		return titles;
	}

	async openFile(name: string): Promise<void> {
		await this.open("Control+KeyP", name);
		// What was open lately comes first; what is found on the disk then moves it.
		let before: string[] = [];
		for (const until = Date.now() + 10_000; Date.now() < until; await pause(200)) {
			const items = await this.items();
			if (items.includes(name) && items.join() === before.join()) break;
			before = items;
		}
		await this.pick(name);
	}

	/** The labels that are on screen. */
	async items(): Promise<string[]> {
		return await this.box.locator(".quick-input-list .monaco-list-row .label-name").allInnerTexts();
	}

	/** Takes the item with exactly this label. @throws Error that names what was there instead */
	async pick(label: string): Promise<void> {
		const names = this.box.locator(".quick-input-list .monaco-list-row .label-name");
		const wanted = names.filter({ hasText: new RegExp(`^\\s*${literal(label)}\\s*$`) }).first();
		try {
			await wanted.click({ timeout: 10_000 });
		} catch (cause) {
			throw new Error(`"${label}" was not offered, but: ${(await this.items()).join(" | ")}`, { cause });
		}
	}

	private async open(key: string, text: string): Promise<void> {
		await this.page.keyboard.press(key);
		await this.input.waitFor();
		await this.input.fill(text);
	}
}

function literal(text: string): string {
	return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\s+/g, "\\s+");
}

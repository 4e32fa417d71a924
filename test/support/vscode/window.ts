import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { BrowserContext, Locator, Page } from "playwright-core";
import { tempDir } from "../tempDir.ts";
import { launchChromium, provisionChromium } from "./chromium.ts";
import { provisionCodeServer } from "./codeServer.ts";
import { Palette } from "./palette.ts";
import { makeProfile, type Settings } from "./profile.ts";
import { EditorServer, installExtension } from "./server.ts";
import { addressOf, onProposedApi } from "./workbench.ts";

/** What `npm run package` makes. */
export const VSIX = resolve("dist/countersign.vsix");

export interface WindowOptions {
	/** Absolute paths; several make a workspace of several folders, none an empty window. */
	readonly folders: readonly string[];
	readonly settings?: Settings;
	readonly machineSettings?: Settings;
	readonly viewport?: { readonly width: number; readonly height: number };
	/** As the settings name it: "Default Dark Modern" when left out. */
	readonly theme?: string;
	/** Workspace trust is off unless asked for: then the window starts in Restricted Mode. */
	readonly trust?: boolean;
	readonly environment?: Readonly<Record<string, string>>;
	/** More that is installed beside Countersign: .vsix files. */
	readonly extensions?: readonly string[];
}

/** What the windows of one test share. */
interface Editor {
	readonly server: EditorServer;
	/** One for all of them: what a window stores, the next one finds. */
	readonly browser: BrowserContext;
	readonly address: string;
	/** No folder is open. */
	readonly isEmpty: boolean;
	readonly countersignHome: string;
	/** What the editor keeps: settings, state, logs. */
	readonly userData: string;
	readonly windows: Set<Window>;
}

type Styles = (element: unknown, side: string) => { content: string };

/** Those of this process, for whoever wants to see how a test failed. */
export const openWindows = new Set<Window>();

/** VS Code with the packaged extension installed, as a user has it, in a browser that shows nothing. */
export async function openWindow(options: WindowOptions): Promise<Window> {
	const root = tempDir("window-");
	const theme = options.theme === undefined ? {} : { "workbench.colorTheme": options.theme };
	const profile = makeProfile(root, { ...options.settings, ...theme }, options.machineSettings);
	Object.assign(profile.environment, options.environment);
	const program = await provisionCodeServer();
	const chromium = await provisionChromium();
	for (const vsix of [VSIX, ...(options.extensions ?? [])]) await installExtension(program, profile, vsix);
	const server = await EditorServer.start(program, profile, { trust: options.trust === true });
	const browser = await (await launchChromium(chromium)).newContext({
		viewport: options.viewport ?? { width: 1280, height: 800 },
		permissions: ["clipboard-read", "clipboard-write"],
	});
	// Sooner than a test's own end, so that it says what it waited for.
	browser.setDefaultTimeout(20_000);
	return await Window.open({
		server,
		browser,
		address: addressOf(server.url, workspaceOf(root, options.folders)),
		isEmpty: options.folders.length === 0,
		countersignHome: profile.environment.COUNTERSIGN_HOME ?? "",
		userData: profile.userData,
		windows: new Set(),
	});
}

export class Window {
	readonly page: Page;
	readonly palette: Palette;
	private readonly editor: Editor;
	private readonly refused: string[] = [];
	private host: number | undefined;

	private constructor(editor: Editor, page: Page) {
		this.editor = editor;
		this.page = page;
		this.palette = new Palette(page);
		onProposedApi(page, (message) => this.refused.push(message));
		editor.windows.add(this);
		openWindows.add(this);
	}

	static async open(editor: Editor): Promise<Window> {
		const window = new Window(editor, await editor.browser.newPage());
		await window.page.goto(editor.address);
		await window.ready();
		return window;
	}

	/** Another window on the same workspace, with an extension host of its own. */
	async second(): Promise<Window> {
		return await Window.open(this.editor);
	}

	get countersignHome(): string {
		return this.editor.countersignHome;
	}

	get userData(): string {
		return this.editor.userData;
	}

	/** The process that runs the extension, for a test that kills it. After that and after a reload it is another one. */
	async extensionHostPid(): Promise<number> {
		const hosts = this.editor.server.extensionHosts();
		if (this.host === undefined || !hosts.includes(this.host)) this.host = await this.newHost();
		return this.host;
	}

	async reload(): Promise<void> {
		await this.page.reload();
		await this.ready();
	}

	/** Runs a command by its title in the palette, category included: "Countersign: Review". */
	async command(title: string): Promise<void> {
		await this.palette.run(title);
	}

	async openFile(name: string): Promise<void> {
		await this.palette.openFile(name);
		await this.page.locator(".tab.active", { hasText: name }).first().waitFor();
		// The tab comes first: what was typed by then went to nobody.
		await this.page.locator(`.editor-group-container.active .monaco-editor.focused[data-uri$="/${name}"]`).waitFor();
	}

	activeTab(text: string | RegExp): Locator {
		return this.page.locator(".editor-group-container.active .tab.active", { hasText: text });
	}

	tab(text: string | RegExp): Locator {
		return this.page.locator(".tabs-container .tab", { hasText: text });
	}

	async closeTab(): Promise<void> {
		await this.palette.run("View: Close Editor");
	}

	/** What the active editor shows. Only the lines on screen are in it. */
	async editorText(): Promise<string> {
		// The box above a change has an editor of its own, for the reason of a denial.
		const shown = ".editor-group-container.active .editor-instance .view-lines:not(.review-widget *)";
		const lines = this.page.locator(shown).last();
		// In the page they stand in the order in which they came on screen.
		const texts = await lines.locator(".view-line").evaluateAll((found) =>
			found
				.map((line) => ({ top: line.getBoundingClientRect().top, text: line.textContent ?? "" }))
				.sort((one, other) => one.top - other.top)
				.map(({ text }) => text),
		);
		return texts.join("\n").replace(/\u00a0/g, " ");
	}

	/** The texts that decorations draw into an editor; they are in no text of the page. */
	async decorations(within: string): Promise<string[]> {
		return await this.page.locator(`${within} .view-lines span`).evaluateAll((spans) =>
			spans.flatMap((span) => {
				const { getComputedStyle } = globalThis as unknown as { getComputedStyle: Styles };
				return ["::before", "::after"].map((side) => getComputedStyle(span, side).content);
			}),
		);
	}

	/** Presses the first row of that text; says whether that is the one which then is selected. */
	async clickRow(row: string | RegExp): Promise<boolean> {
		const wanted = this.row(row).first();
		await this.overRows(() => wanted.click({ timeout: 2000 }));
		const selected = wanted.and(this.page.locator('[aria-selected="true"]'));
		const isSelected = async () => (await selected.count()) > 0;
		if (await isSelected()) return true;
		await this.page.waitForTimeout(300);
		return await isSelected();
	}

	/** Presses a button of a row, which shows under the mouse. */
	async rowAction(row: string | RegExp, title: string): Promise<void> {
		const action = this.row(row).first().locator(`.action-label[aria-label^="${title}"]`);
		await this.overRows(async () => {
			await this.row(row).first().hover({ timeout: 2000 });
			await action.click({ timeout: 2000 });
		});
	}

	/**
	 * A row that is drawn anew under a mouse that stands still has no buttons, and the hover of the row where the mouse
	 * rests covers those below it: a person moves the mouse away and comes again.
	 */
	private async overRows(act: () => Promise<void>): Promise<void> {
		for (let attempt = 1; ; attempt++) {
			await this.page.mouse.move(600, 600);
			try {
				return await act();
			} catch (error) {
				if (attempt === 8) throw error;
			}
		}
	}

	/** Until it shows: a row that is drawn anew between the press and its release has heard nothing. */
	async rowActionUntil(row: string | RegExp, title: string, shows: Locator): Promise<void> {
		for (let attempt = 1; ; attempt++) {
			await this.rowAction(row, title);
			try {
				return await shows.waitFor({ timeout: 10_000 });
			} catch (error) {
				if (attempt === 3) throw error;
			}
		}
	}

	/** A button in the title of the active editor. */
	async titleAction(title: string): Promise<void> {
		await this.page
			.locator(`.editor-group-container.active .editor-actions .action-label[aria-label^="${title}"]`)
			.click();
	}

	async type(text: string): Promise<void> {
		await this.page.keyboard.type(text);
	}

	/** @param keys as Playwright names them: "Shift+Alt+KeyY" */
	async press(keys: string): Promise<void> {
		await this.page.keyboard.press(keys);
	}

	/** The icon in the activity bar. */
	icon(title = "Countersign"): Locator {
		return this.page.locator(`.activitybar .action-item:has(.action-label[aria-label^="${title}"])`);
	}

	/** The text of the icon's badge; empty without one. */
	async badge(title = "Countersign"): Promise<string> {
		const content = this.icon(title).locator(".badge-content:visible");
		return (await content.count()) === 0 ? "" : ((await content.first().textContent()) ?? "");
	}

	/** Opens a view container of the side bar, if it is not open, and returns the side bar. */
	async view(title = "Countersign"): Promise<Locator> {
		const sideBar = this.page.locator(".part.sidebar");
		const shown = sideBar.locator(".composite.title", { hasText: new RegExp(title, "i") });
		for (let attempt = 1; ; attempt++) {
			if (!(await shown.isVisible())) await this.icon(title).click();
			try {
				await shown.waitFor({ timeout: 5000 });
				return sideBar;
			} catch (error) {
				// In a window that is just being restored, that press may have closed what was about to open.
				if (attempt === 3) throw error;
			}
		}
	}

	/** The rows of a tree that are on screen. */
	row(text: string | RegExp): Locator {
		return this.page.getByRole("treeitem").filter({ hasText: text });
	}

	statusBar(text: string | RegExp): Locator {
		return this.page.locator(".statusbar-item", { hasText: text });
	}

	toast(text: string | RegExp = ""): Locator {
		return this.page.locator(".notification-toast", { hasText: text });
	}

	async toasts(): Promise<string[]> {
		return await this.page.locator(".notification-toast .notification-list-item-message").allInnerTexts();
	}

	/** The modal dialog. Its buttons: `dialog().getByRole("button", { name })`. */
	dialog(): Locator {
		return this.page.locator(".monaco-dialog-box");
	}

	async screenshot(path: string): Promise<void> {
		mkdirSync(dirname(resolve(path)), { recursive: true });
		await this.page.screenshot({ path });
	}

	/** With the last window everything ends. @throws Error when the extension asked for an API that is only proposed */
	async close(): Promise<void> {
		const { browser, server, windows } = this.editor;
		windows.delete(this);
		openWindows.delete(this);
		// Left as a person leaves it: a page that is only closed gives the extension no time to put its locks down.
		if (!this.page.isClosed()) await this.page.goto("about:blank");
		await this.page.close();
		if (windows.size === 0) {
			await server.stop();
			await browser.browser()?.close();
		}
		if (this.refused.length > 0) throw new Error(`No published extension may do this: ${this.refused.join("\n")}`);
	}

	/** Until the editor has drawn itself and the extension shows that it runs. */
	private async ready(): Promise<void> {
		await this.page.locator(".monaco-workbench .part.statusbar .statusbar-item").first().waitFor({ timeout: 60_000 });
		this.host = await this.newHost();
		// Without a folder there is no gate to tell of in the status bar.
		const ours = this.editor.isEmpty ? this.icon() : this.page.locator('[id^="countersign.countersign."]').first();
		await ours.waitFor({ timeout: 60_000 });
	}

	/** The youngest that is neither another window's nor the one that this window had. */
	private async newHost(): Promise<number> {
		const taken = [...this.editor.windows].map(({ host }) => host);
		for (const until = Date.now() + 30_000; Date.now() < until; await pause(50)) {
			const found = this.editor.server.extensionHosts().findLast((pid) => !taken.includes(pid));
			if (found !== undefined) return found;
		}
		throw new Error("No extension host started.");
	}
}

function workspaceOf(root: string, folders: readonly string[]): string | undefined {
	if (folders.length < 2) return folders[0];
	const path = join(root, "several.code-workspace");
	writeFileSync(path, JSON.stringify({ folders: folders.map((folder) => ({ path: folder })) }));
	return path;
}

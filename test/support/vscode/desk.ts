import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "vitest";
import type { AuditRecord } from "../../../src/core/audit/record.ts";
import { GateClient } from "../../../src/endpoint/client.ts";
import type { Action } from "../../../src/protocol/action.ts";
import type { Discovery, RequestState } from "../../../src/protocol/messages.ts";
import { folderIdOf, homeAt } from "../../../src/store/home.ts";
import { submit } from "../agent.ts";
import { tempDir } from "../tempDir.ts";
import { openWindow, type Window, type WindowOptions } from "./window.ts";

type Files = Readonly<Record<string, string | Uint8Array>>;

/** A folder with files, for a window or a gate. Real path. */
export function makeFolder(files: Files, name = "work-"): string {
	const folder = realpathSync(tempDir(name));
	for (const [path, content] of Object.entries(files)) {
		mkdirSync(dirname(join(folder, path)), { recursive: true });
		writeFileSync(join(folder, path), content);
	}
	return folder;
}

export interface Asked {
	readonly id: string;
	readonly key: string;
	readonly action: Action;
	readonly verdict: Promise<RequestState>;
}

/** A gate that dies breaks what waits at it; a test that expects that looks at it later, or not at all. */
function quietly<T>(promise: Promise<T>): Promise<T> {
	promise.catch(() => undefined);
	return promise;
}

/** So long is on screen what a key can then mean: 700 ms, and the extension may hear late of what was typed or drawn. */
export const settle = ({ page }: Pick<Window, "page">) => page.waitForTimeout(1100);

/** Opens a row's request and reads it: drawn, and for as long as a key needs to mean it. */
export async function read(window: Window, row: string | RegExp, tab = titleOf(row)): Promise<void> {
	// The rows may move between the look and the press, as under a person's mouse: then another one is selected.
	for (let attempt = 0; attempt < 3; attempt++) if (await window.clickRow(row)) break;
	await look(window, tab);
}

/** Of the review of this very row: the one before it may still stand there. */
function titleOf(row: string | RegExp): string {
	const [, verb, name] = (typeof row === "string" && /^(create|edit|delete) (.+)$/.exec(row)) || [];
	return name ? `${name} · ${verb}, asked by` : "asked by";
}

/** Waits until a review that is being opened is drawn, and was for as long as a key needs to mean it. */
export async function look(window: Window, tab: string | RegExp = "asked by"): Promise<void> {
	await window.activeTab(tab).waitFor();
	await window.page.locator(".editor-group-container.active .editor-instance .view-line").first().waitFor();
	await settle(window);
}

/**
 * Approves what is in front, by its key. As a person does: whoever is told that it came only just now looks, and presses
 * again. Not for a test in which the key is to do nothing.
 */
export async function meanIt(window: Window): Promise<void> {
	await window.press("Shift+Alt+KeyY");
	await window.page.waitForTimeout(300);
	if ((await window.statusBar("it came or changed only just now").count()) === 0) return;
	await settle(window);
	await window.press("Shift+Alt+KeyY");
}

/** From 1, as the status bar counts. */
export async function goTo(window: Window, line: number, column: number): Promise<void> {
	await window.command("Go to Line/Column...");
	await window.palette.input.fill(`:${line}:${column}`);
	await window.press("Enter");
	// The caret may have been there before.
	await window.palette.box.waitFor({ state: "hidden" });
	await window.statusBar(`Ln ${line}, Col ${column}`).waitFor();
}

/** A person's window on a folder, and an agent that asks its gate. */
export class Desk {
	readonly window: Window;
	readonly folder: string;
	private readonly asked: string[] = [];
	private count = 0;
	private client: GateClient | undefined;

	private constructor(window: Window, folder: string) {
		this.window = window;
		this.folder = folder;
	}

	static async open(files: Files, options: Partial<WindowOptions> = {}): Promise<Desk> {
		return await Desk.at(makeFolder(files), options);
	}

	static async at(folder: string, options: Partial<WindowOptions> = {}): Promise<Desk> {
		const desk = new Desk(await openWindow({ folders: [folder], ...options }), folder);
		await desk.discovery();
		return desk;
	}

	/** In a window of several folders: one of them. */
	static of(window: Window, folder: string): Desk {
		return new Desk(window, folder);
	}

	/** The gate's discovery file, once a gate other than the one of `not` stands. */
	async discovery(not?: string): Promise<Discovery> {
		const path = join(homeAt(this.window.countersignHome).run, `${folderIdOf(this.folder)}.json`);
		for (const until = Date.now() + 30_000; Date.now() < until; await pause(50)) {
			if (!existsSync(path)) continue;
			const found = JSON.parse(readFileSync(path, "utf8")) as Discovery;
			if (found.token !== not) return found;
		}
		throw new Error("No gate stands for the folder.");
	}

	async agent(): Promise<GateClient> {
		this.client ??= await GateClient.connect(await this.discovery(), {
			agent: { name: "night-agent" },
			session: { id: "session-1" },
		});
		return this.client;
	}

	/** What an agent does when its gate is gone: finds the next one and asks for the same, by the same keys. */
	async resume(gone: Discovery, asked: readonly Asked[]): Promise<Asked[]> {
		this.client?.close();
		this.client = undefined;
		await this.discovery(gone.token);
		const client = await this.agent();
		return asked.map((one) => ({ ...one, verdict: quietly(submit(client, one.key, one.action)) }));
	}

	/** Asks, and comes back when it waits; `verdict` is the end of it. */
	async ask(action: Action, intent?: string): Promise<Asked> {
		const key = `key-${++this.count}`;
		const client = await this.agent();
		const params = { key, action, ...(intent ? { intent } : {}) };
		const { id } = (await client.call("request/submit", { ...params, waitMs: 0 })) as RequestState;
		this.asked.push(id);
		return { id, key, action, verdict: quietly(submit(client, key, action)) };
	}

	/** Where a request stands now. */
	async stateOf({ id }: { id: string }): Promise<RequestState> {
		const client = await this.agent();
		return (await client.call("request/wait", { id, waitMs: 0 })) as RequestState;
	}

	async takeBack({ id }: { id: string }): Promise<void> {
		const client = await this.agent();
		await client.call("request/cancel", { id });
	}

	/** Takes back what still waits, so that the next test starts with an empty queue. */
	async cancelAll(): Promise<void> {
		for (const id of this.asked.splice(0)) await this.takeBack({ id });
		await this.window.row("Waiting").waitFor({ state: "detached" });
		await expect.poll(() => this.window.tab("asked by").count()).toBe(0);
	}

	/** A file that lies in no folder of the window. */
	outside(name: string, content: string): string {
		return join(makeFolder({ [name]: content }, "outside-"), name);
	}

	path(name: string): string {
		return join(this.folder, name);
	}

	read(name: string): string {
		return readFileSync(this.path(name), "utf8");
	}

	bytes(name: string): Uint8Array {
		return readFileSync(this.path(name));
	}

	/** Records of the workspace's audit file, oldest first. */
	audit(): AuditRecord[] {
		const text = readFileSync(join(this.folder, ".countersign", "audit.jsonl"), "utf8");
		return text
			.split("\n")
			.filter(Boolean)
			.map((line) => JSON.parse(line));
	}

	decisions(): AuditRecord[] {
		return this.audit().filter(({ type }) => type === "DECISION");
	}

	async close(): Promise<void> {
		this.client?.close();
		await this.window.close();
	}
}

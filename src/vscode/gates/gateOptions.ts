import * as vscode from "vscode";
import { ADAPTERS } from "../../adapters/all.ts";
import { escapeLabel } from "../../present/escape.ts";
import type { Home } from "../../store/home.ts";
import type { Wish } from "../../store/takeOver.ts";
import { isUnsaved } from "../decide/buffer.ts";
import type { Reach } from "../phone/reach.ts";
import { settings } from "../settings.ts";
import type { GateOptions } from "./windowGates.ts";

/** A gate that is owned by a window. In a remote one a port may be forwarded by itself: nothing listens on TCP unasked. */
export function gateOptions(
	home: Home,
	version: string,
	dist: string,
	output: vscode.LogOutputChannel,
	{ openChannels }: Reach,
): GateOptions {
	return {
		home,
		version,
		dist,
		owner: "editor",
		adapters: ADAPTERS,
		tcp: vscode.env.remoteName === undefined || settings.tcpInRemote(),
		warn: (message) => output.warn(message),
		isDirty: (path) => isUnsaved(path),
		openChannels,
		mayHandOver,
	};
}

/** How long the question stands; after that the answer is no, and it can be asked again. Ms. */
const ASK = 120_000;

/** A person in this window says yes, twice; no answer is no, and the gate stays. */
async function mayHandOver(folder: string, wish: Wish): Promise<boolean> {
	const who = `${wish.owner === "editor" ? "Another window" : "countersign serve"} (process ${wish.pid})`;
	const text = `${who} asks for the gate of ${escapeLabel(folder)}. Requests would be decided there.`;
	const over = new Promise<undefined>((done) => setTimeout(done, ASK, undefined).unref());
	const chosen = await Promise.race([vscode.window.showWarningMessage(text, "Keep It Here", "Hand Over…"), over]);
	if (chosen !== "Hand Over…") return false;
	const yes: vscode.MessageItem = { title: "Hand Over" };
	const no: vscode.MessageItem = { title: "Keep It Here" };
	const detail = "Whoever holds the gate decides what agents may do in this folder.";
	const question = `Hand this folder's gate to ${who}?`;
	return (await vscode.window.showWarningMessage(question, { modal: true, detail }, no, yes)) === yes;
}

import * as vscode from "vscode";
import { ADAPTERS } from "../../adapters/all.ts";
import { escapeLabel } from "../../present/escape.ts";
import type { Home } from "../../store/home.ts";
import { dirtyDocument } from "../decide/buffer.ts";
import type { GateOptions } from "./windowGates.ts";

/** A gate that is owned by a window. In a remote one nothing listens on TCP: a port there may be forwarded by itself. */
export function gateOptions(home: Home, version: string, output: vscode.LogOutputChannel): GateOptions {
	return {
		home,
		version,
		owner: "editor",
		adapters: ADAPTERS,
		tcp: vscode.env.remoteName === undefined,
		warn: (message) => output.warn(message),
		isDirty: (path) => dirtyDocument(path) !== undefined,
		mayHandOver,
	};
}

/** A person in this window says yes; no answer is no answer, and the gate stays. */
async function mayHandOver(folder: string, pid: number): Promise<boolean> {
	const text = `Another process (${pid}) asks for the gate of ${escapeLabel(folder)}. Requests would be decided there.`;
	return (await vscode.window.showWarningMessage(text, "Keep It Here", "Hand Over")) === "Hand Over";
}

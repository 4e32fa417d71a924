import type { ExtensionContext } from "vscode";
import { openWindow } from "./vscode/countersign.ts";

let open: { close(): Promise<void> } | undefined;

export function activate(context: ExtensionContext): void {
	open = openWindow(context);
}

/** What waits is in the journal; the locks are free when this resolves. */
export async function deactivate(): Promise<void> {
	await open?.close();
	open = undefined;
}

import type { ExtensionContext } from "vscode";

let open: { close(): Promise<void> } | undefined;

/** Loading is all that a window's start pays for; everything else is evaluated after it. */
export async function activate(context: ExtensionContext): Promise<void> {
	const { openWindow } = await import("./vscode/countersign.ts");
	open = openWindow(context);
}

/** What waits is in the journal; the locks are free when this resolves. */
export async function deactivate(): Promise<void> {
	await open?.close();
	open = undefined;
}

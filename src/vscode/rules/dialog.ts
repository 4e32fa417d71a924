import * as vscode from "vscode";

/**
 * The editor's own dialog, for what lets more through: no command presses its buttons. Enter is the harmless one, Escape
 * and an editor that cannot show it are no answer.
 */
export async function askPerson(
	question: string,
	detail: string,
	buttons: { readonly harmless: string; readonly yes: string },
): Promise<"yes" | "harmless" | undefined> {
	// Asked twice it is one question: whoever calls the command again and again piles up no dialogs.
	if (open.has(question)) return undefined;
	open.add(question);
	const harmless: vscode.MessageItem = { title: buttons.harmless };
	const yes: vscode.MessageItem = { title: buttons.yes };
	try {
		const chosen = await vscode.window.showWarningMessage(question, { modal: true, detail }, harmless, yes);
		if (chosen === yes) return "yes";
		return chosen === harmless ? "harmless" : undefined;
	} catch {
		return undefined;
	} finally {
		open.delete(question);
	}
}

const open = new Set<string>();

/** More does not fit into a dialog. */
const MAX_LINES = 12;

/** @returns the lines, or the first of them and how many more there are */
export function listed(lines: readonly string[]): string[] {
	const more = lines.length - MAX_LINES;
	return [...lines.slice(0, MAX_LINES), ...(more > 0 ? [`… and ${more} more`] : [])];
}

/** What a person reads for a moment in the status bar. */
export const say = (text: string) => void vscode.window.setStatusBarMessage(text, 5000);

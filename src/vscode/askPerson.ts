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

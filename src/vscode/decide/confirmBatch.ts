import * as vscode from "vscode";
import { summaryText } from "../../present/describe.ts";
import { argumentsOf } from "../../present/document.ts";
import { spellText } from "../../present/spell.ts";
import { agentOf } from "../../present/words.ts";
import type { Item } from "../gates/windowGates.ts";

/** All of them fit into a dialog, to the last character. */
const MAX_DETAIL = 4000;

/** Each in full; undefined: they do not fit, and what is cut off is not approved. */
export function batchText(items: readonly Item[]): string | undefined {
	const lines = items.map(({ request }, index) => {
		const isFile = request.plan.targets.length > 0;
		const what = isFile ? summaryText(request) : spellText(argumentsOf(request));
		return `${index + 1}. ${what}  [${request.binding.slice(0, 8)}]`;
	});
	const text = lines.join("\n");
	return text.length <= MAX_DETAIL ? text : undefined;
}

/** The editor's own dialog: no command presses its buttons. Enter looks again, Escape does nothing. */
export async function confirmBatch(items: readonly Item[], text: string): Promise<"approve" | "look" | "nothing"> {
	const [first] = items;
	if (!first) return "nothing";
	const look: vscode.MessageItem = { title: "Look Again" };
	const approve: vscode.MessageItem = { title: `Approve These ${items.length}` };
	const question = `Let ${agentOf(first.request)} do these ${items.length}?`;
	try {
		const options = { modal: true, detail: text };
		const chosen = await vscode.window.showWarningMessage(question, options, look, approve);
		if (chosen === approve) return "approve";
		return chosen === look ? "look" : "nothing";
	} catch {
		return "nothing";
	}
}

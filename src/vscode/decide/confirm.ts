import * as vscode from "vscode";
import type { Request } from "../../core/request.ts";
import { summaryText } from "../../present/describe.ts";
import { argumentsOf } from "../../present/document.ts";
import { escapeLabel } from "../../present/escape.ts";
import { agentOf, verbOf } from "../../present/words.ts";

/** More does not fit into a dialog; the review behind it holds the whole. Characters. */
const MAX_DETAIL = 1500;

/**
 * Asks once more, in the editor's own dialog: no command can press its buttons. Enter looks again, Escape does nothing.
 * An editor that cannot show it has not approved.
 */
export async function confirm(request: Request): Promise<"approve" | "look" | "nothing"> {
	const approve: vscode.MessageItem = { title: "Approve Once" };
	const look: vscode.MessageItem = { title: "Look Again" };
	try {
		const options = { modal: true, detail: detailOf(request) };
		const chosen = await vscode.window.showWarningMessage(questionOf(request), options, look, approve);
		if (chosen === approve) return "approve";
		return chosen === look ? "look" : "nothing";
	} catch {
		return "nothing";
	}
}

function questionOf(request: Request): string {
	const agent = agentOf(request);
	return `Let ${agent} ${verbOf(request)} this? (${request.plan.tier})`;
}

function detailOf(request: Request): string {
	const why = request.plan.why.map((reason) => `• ${escapeLabel(reason)}`);
	const isFile = request.plan.targets.length > 0;
	const what = isFile ? summaryText(request) : argumentsOf(request.action);
	const whole =
		what.length > MAX_DETAIL ? `${what.slice(0, MAX_DETAIL)}… (cut here: the whole is in the review)` : what;
	return [whole, ...(why.length > 0 ? ["", ...why] : [])].join("\n");
}

import * as vscode from "vscode";
import type { Request } from "../../core/request.ts";
import { summaryText } from "../../present/describe.ts";
import { argumentsText } from "../../present/document.ts";
import { escapeLine } from "../../present/escape.ts";
import { agentOf, verbOf } from "../../present/words.ts";

/** More does not fit into a dialog; the review behind it holds the whole. Characters. */
const MAX_DETAIL = 1200;

/**
 * Asks once more, in the editor's own dialog: no command can press its buttons. Enter looks again, Escape does nothing.
 * An editor that cannot show it has not approved.
 * @param edited the reviewer's own bytes, where they are not those that the agent proposed
 */
export async function confirm(
	request: Request,
	reasons: readonly string[],
	edited: Uint8Array | undefined,
): Promise<"approve" | "look" | "nothing"> {
	const approve: vscode.MessageItem = { title: "Approve Once" };
	const look: vscode.MessageItem = { title: "Look Again" };
	try {
		const options = { modal: true, detail: detailOf(request, reasons, edited) };
		const chosen = await vscode.window.showWarningMessage(questionOf(request), options, look, approve);
		if (chosen === approve) return "approve";
		return chosen === look ? "look" : "nothing";
	} catch {
		return "nothing";
	}
}

function questionOf(request: Request): string {
	const { tier } = request.plan;
	const grave = tier === "high" || tier === "protected" ? ` (${tier})` : "";
	return `Let ${agentOf(request)} ${verbOf(request)} this?${grave}`;
}

function detailOf(request: Request, reasons: readonly string[], edited: Uint8Array | undefined): string {
	const isFile = request.plan.targets.length > 0;
	const what = isFile ? summaryText(request) : `in ${escapeLine(request.plan.cwd)}\n${argumentsText(request)}`;
	const whole =
		what.length > MAX_DETAIL ? `${what.slice(0, MAX_DETAIL)}… (cut here: the whole is in the review)` : what;
	const own = edited ? [`With the edits on your screen: ${edited.byteLength} bytes will be written.`] : [];
	return [whole, ...own, "", ...reasons.map((reason) => `• ${escapeLine(reason)}`)].join("\n");
}

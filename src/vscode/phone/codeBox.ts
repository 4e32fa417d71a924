import * as vscode from "vscode";
import { escapeLabel } from "../../present/escape.ts";
import type { PhoneKind } from "./kinds.ts";

/** What has to come to the bot before it is known whose phone it is. */
export interface Code {
	readonly code: string;
	/** To whom, as `pairPhone` names it. */
	readonly to: string;
}

/** Shows the code until it came or the person gives up. @throws whatever `answer` throws */
export async function awaitCode<T>(kind: PhoneKind, { code, to }: Code, answer: Promise<T>): Promise<T | undefined> {
	const message = kind.message(code);
	const copy = { label: `$(copy) ${message}`, detail: "Copy it" };
	const open = { label: `$(link-external) ${kind.open.label}`, detail: kind.open.detail };
	const box = vscode.window.createQuickPick();
	box.title = `Add a Phone: ${kind.name}, Send ${message} to ${escapeLabel(kind.receiver(to))}`;
	box.placeholder = `${kind.where}, within five minutes. Escape ends it; nothing is written`;
	box.items = [copy, open];
	box.ignoreFocusOut = true;
	box.busy = true;
	box.onDidAccept(async () => {
		const [chosen] = box.activeItems;
		if (chosen === copy) await vscode.env.clipboard.writeText(message);
		if (chosen === open) await vscode.env.openExternal(vscode.Uri.parse(kind.open.url(to, code)));
		// What was done, is said; the box stays.
		if (chosen === copy) box.items = [{ ...copy, description: "copied" }, open];
	});
	try {
		return await Promise.race([
			answer,
			new Promise<undefined>((resolve) => {
				box.onDidHide(() => resolve(undefined));
				box.show();
			}),
		]);
	} finally {
		box.dispose();
	}
}

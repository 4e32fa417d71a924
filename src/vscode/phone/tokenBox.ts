import * as vscode from "vscode";
import { messageOf } from "../../base/errors.ts";
import { escapeLabel } from "../../present/escape.ts";
import type { PhoneKind } from "./kinds.ts";

/** After so long without an answer that is said. Ms. */
const SLOW = 8000;

/**
 * Asks for a bot's token until one works. Nobody reads it on the screen, and it is nowhere but in the box and in what
 * `attempt` makes of it. Undefined: the person gave up.
 */
export async function askToken<T>(
	kind: PhoneKind,
	server: string | undefined,
	attempt: (token: string) => Promise<T>,
): Promise<T | undefined> {
	const { maker } = kind;
	const box = vscode.window.createInputBox();
	const openMaker = { iconPath: new vscode.ThemeIcon("link-external"), tooltip: `Open ${maker.name}` };
	box.title = `Add a Phone: ${kind.name}, the Bot's Token`;
	box.placeholder = "Paste the token here";
	const goesTo = server === undefined ? "" : ` The token goes to ${escapeLabel(server)}, as that file says.`;
	box.prompt = `${maker.how} It is kept in channels.yaml, which only you can read.${goesTo}`;
	box.password = true;
	box.ignoreFocusOut = true;
	box.buttons = [openMaker];
	box.onDidTriggerButton(() => vscode.env.openExternal(vscode.Uri.parse(maker.url)));
	box.onDidChangeValue(() => {
		box.validationMessage = undefined;
	});
	try {
		return await new Promise<T | undefined>((resolve) => {
			box.onDidHide(() => resolve(undefined));
			box.onDidAccept(async () => {
				if (box.busy) return;
				const token = box.value.trim();
				if (!kind.isToken(token)) {
					box.validationMessage = kind.notToken;
					return;
				}
				box.busy = true;
				box.enabled = false;
				const slow = setTimeout(() => {
					box.validationMessage = `No answer from ${kind.name} yet. It is tried again and again; Escape ends it.`;
				}, SLOW);
				try {
					resolve(await attempt(token));
				} catch (error) {
					box.validationMessage = escapeLabel(messageOf(error));
				}
				clearTimeout(slow);
				box.enabled = true;
				box.busy = false;
			});
			box.show();
		});
	} finally {
		box.dispose();
	}
}

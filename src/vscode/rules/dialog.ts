import * as vscode from "vscode";

/** More does not fit into a dialog. */
const MAX_LINES = 12;

/** @returns the lines, or the first of them and how many more there are */
export function listed(lines: readonly string[]): string[] {
	const more = lines.length - MAX_LINES;
	return [...lines.slice(0, MAX_LINES), ...(more > 0 ? [`… and ${more} more`] : [])];
}

/** What a person reads for a moment in the status bar. */
export const say = (text: string) => void vscode.window.setStatusBarMessage(text, 5000);

import * as vscode from "vscode";

/** Whoever looked away a moment ago is still there. Ms. */
const STAYS = 60_000;

/** Whether somebody is at this window: it has the focus, or had it within the last minute. */
export function attendance(): () => boolean {
	let leftAt = vscode.window.state.focused ? performance.now() : Number.NEGATIVE_INFINITY;
	// For as long as the window is there.
	vscode.window.onDidChangeWindowState(({ focused }) => {
		if (!focused) leftAt = performance.now();
	});
	return () => vscode.window.state.focused || performance.now() - leftAt < STAYS;
}

import * as vscode from "vscode";

/** One of several; `active`: which one Enter takes at once. Undefined: none was taken. */
export async function pickOne<T extends vscode.QuickPickItem>(
	title: string,
	placeholder: string,
	items: readonly T[],
	active = 0,
): Promise<T | undefined> {
	const picker = vscode.window.createQuickPick<T>();
	picker.title = title;
	picker.placeholder = placeholder;
	picker.ignoreFocusOut = true;
	picker.items = items;
	picker.activeItems = items.slice(active, active + 1);
	const chosen = await new Promise<T | undefined>((resolve) => {
		picker.onDidAccept(() => resolve(picker.activeItems[0]));
		picker.onDidHide(() => resolve(undefined));
		picker.show();
	});
	picker.dispose();
	return chosen;
}

import * as vscode from "vscode";
import { deferred } from "../../base/deferred.ts";

const SCHEME = "countersign-preview";
const NOT_YET = "Not written yet:";

/** What somebody wants to come true, and only a person lets come true. */
export interface Offer {
	readonly kind: "connect" | "disconnect" | "adopt";
	/** What the tab says after "Not written yet:", or (`adopt`) all that it says. */
	readonly title: string;
	readonly files: readonly OfferedFile[];
}

export interface OfferedFile {
	readonly path: string;
	/** The file itself, a text that it is not, or nothing. */
	readonly left: "file" | { readonly text: string } | undefined;
	readonly right: string;
}

/** What would come true, in front of the person. */
export class Preview {
	readonly kind: Offer["kind"];
	private readonly title: string;
	private readonly sides: readonly Sides[];
	private isClosed = false;
	/** Also what is said before anybody waits for it counts. */
	private word = deferred<boolean>();

	constructor({ kind, title, files }: Offer, id: string) {
		this.kind = kind;
		this.title = kind === "adopt" ? title : `${NOT_YET} ${title}`;
		this.sides = files.map((file) => sidesOf(file, id));
	}

	async open(): Promise<void> {
		const [first] = this.sides;
		if (first && this.sides.length === 1) {
			const { left = first.empty, right } = first;
			await vscode.commands.executeCommand("vscode.diff", left, right, this.title, { preview: false });
			return;
		}
		const rows = this.sides.map(({ file, left, right }) => [file, left, right]);
		await vscode.commands.executeCommand("vscode.changes", this.title, rows);
	}

	isIn(tab: vscode.Tab | undefined): boolean {
		// The editor adds how many there are.
		if (isOfSeveral(tab)) return this.sides.length > 1 && tab?.label.startsWith(`${this.title} (`) === true;
		const right = rightOf(tab)?.toString();
		return this.sides.some((side) => side.right.toString() === right);
	}

	/** What the document holds, if it is one of this. */
	textOf(uri: vscode.Uri): string | undefined {
		const is = (other: vscode.Uri) => other.toString() === uri.toString();
		const before = this.sides.find(({ empty }) => is(empty));
		if (before) return before.before;
		return this.sides.find(({ right }) => is(right))?.text;
	}

	/**
	 * A dialog would keep the diff from being read: what goes on is a button above it, for as long as it takes.
	 * @param title what to do, in the notification that stands meanwhile
	 */
	goOn(title: string): Promise<boolean> {
		const options = { location: vscode.ProgressLocation.Notification, cancellable: true, title };
		return Promise.resolve(
			vscode.window.withProgress(options, async (_, cancel) => {
				cancel.onCancellationRequested(() => this.answer(false));
				return await this.asked();
			}),
		);
	}

	/** A button above it was pressed. */
	answer(goOn: boolean): void {
		this.word.resolve(goOn);
	}

	closedByHand(): void {
		this.isClosed = true;
		this.answer(false);
	}

	/** Whether the person goes on; one who closes it does not. */
	private async asked(): Promise<boolean> {
		if (this.isClosed) return false;
		const goOn = await this.word.promise;
		this.word = deferred();
		return goOn;
	}
}

/** Shows offers as diffs; on the right stands a document that nobody can change. */
export class Previews implements vscode.Disposable {
	private readonly open = new Set<Preview>();
	private readonly subscriptions: vscode.Disposable[];
	private count = 0;

	constructor() {
		this.subscriptions = [
			vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
				provideTextDocumentContent: (uri) =>
					[...this.open].map((preview) => preview.textOf(uri)).find((text) => text !== undefined),
			}),
			vscode.window.tabGroups.onDidChangeTabs(({ closed }) => {
				for (const preview of this.open) {
					if (closed.some((tab) => preview.isIn(tab)) && tabsOf(preview).length === 0) preview.closedByHand();
				}
			}),
		];
		// An earlier run of the window left them open; what they promised is not known any more.
		void vscode.window.tabGroups.close(tabs(isOurs));
	}

	/** The one that the person looks at. */
	front(): Preview | undefined {
		const { activeTab } = vscode.window.tabGroups.activeTabGroup;
		return [...this.open].find((preview) => preview.isIn(activeTab));
	}

	async show(offer: Offer): Promise<Preview> {
		const preview = new Preview(offer, String(++this.count));
		this.open.add(preview);
		await preview.open();
		return preview;
	}

	async close(preview: Preview): Promise<void> {
		this.open.delete(preview);
		await vscode.window.tabGroups.close(tabsOf(preview));
	}

	dispose(): void {
		for (const subscription of this.subscriptions) subscription.dispose();
	}
}

interface Sides {
	readonly file: vscode.Uri;
	/** A file that is not there has none. */
	readonly left: vscode.Uri | undefined;
	readonly right: vscode.Uri;
	/** A document of ours, for the left side. */
	readonly empty: vscode.Uri;
	readonly before: string;
	/** On the right. */
	readonly text: string;
}

function sidesOf({ path, left, right: text }: OfferedFile, id: string): Sides {
	const file = vscode.Uri.file(path);
	const ours = (side: string) => file.with({ scheme: SCHEME, query: `id=${id}&side=${side}` });
	const empty = ours("before");
	const isText = typeof left === "object";
	const shown = isText ? empty : left && file;
	return { file, left: shown, right: ours("after"), empty, before: isText ? left.text : "", text };
}

const tabs = (wanted: (tab: vscode.Tab) => boolean) =>
	vscode.window.tabGroups.all.flatMap((group) => group.tabs.filter(wanted));

const tabsOf = (preview: Preview) => tabs((tab) => preview.isIn(tab));

const isOurs = (tab: vscode.Tab) =>
	rightOf(tab)?.scheme === SCHEME || (isOfSeveral(tab) && tab.label.startsWith(NOT_YET));

const rightOf = (tab: vscode.Tab | undefined) =>
	tab?.input instanceof vscode.TabInputTextDiff ? tab.input.modified : undefined;

/** Several diffs in one tab: the stable API has no class for its input, and nothing to know it by but its label. */
const isOfSeveral = (tab: vscode.Tab | undefined) =>
	tab !== undefined && (tab.input === undefined || "textDiffs" in (tab.input as object));

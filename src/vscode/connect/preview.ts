import * as vscode from "vscode";
import { deferred } from "../../base/deferred.ts";
import { nameOf } from "../../connect/names.ts";
import { type FileChange, isChange, type Plan } from "../../connect/plan.ts";
import { placeOf } from "./choices.ts";

const SCHEME = "countersign-connection";
const NOT_YET = "Not written yet:";

/** What would be written, in front of the person. */
export class Preview {
	readonly plan: Plan;
	private readonly title: string;
	private readonly sides: readonly Sides[];
	private isClosed = false;
	/** Also what is said before anybody waits for it counts. */
	private word = deferred<boolean>();

	constructor(plan: Plan, id: string) {
		this.plan = plan;
		const { setup, way, spot } = plan;
		this.title = `${NOT_YET} ${way === "connect" ? "Connect" : "Disconnect"} ${nameOf(setup)} ${placeOf(spot)}`;
		this.sides = plan.files.filter(isChange).map((file) => sidesOf(file, id));
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
		if (this.sides.some(({ empty }) => is(empty))) return "";
		return this.sides.find(({ right }) => is(right))?.text;
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
	async asked(): Promise<boolean> {
		if (this.isClosed) return false;
		const goOn = await this.word.promise;
		this.word = deferred();
		return goOn;
	}
}

/** Shows plans as diffs: the real file on the left, on the right a document that nobody can change. */
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

	async show(plan: Plan): Promise<Preview> {
		const preview = new Preview(plan, String(++this.count));
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
	readonly empty: vscode.Uri;
	/** On the right. */
	readonly text: string;
}

function sidesOf({ path, before, after }: FileChange, id: string): Sides {
	const file = vscode.Uri.file(path);
	const ours = (side: string) => file.with({ scheme: SCHEME, query: `id=${id}&side=${side}` });
	const left = before === undefined ? undefined : file;
	return { file, left, right: ours("after"), empty: ours("empty"), text: after };
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

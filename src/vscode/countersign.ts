import { userInfo } from "node:os";
import * as vscode from "vscode";
import { openChannels } from "../away/channels.ts";
import { messageOf } from "../base/errors.ts";
import type { Request } from "../core/request.ts";
import { escapeLabel } from "../present/escape.ts";
import { lazyShell } from "../shell/lazyShell.ts";
import { BlobStore } from "../store/blobs.ts";
import { realDisk } from "../store/disk.ts";
import { DraftStore } from "../store/drafts.ts";
import { WorkspaceFiles } from "../store/files.ts";
import { homeAt } from "../store/home.ts";
import { layPrograms } from "../store/launcher.ts";
import { AgentTerminals } from "./agents/terminals.ts";
import { Commands } from "./commands.ts";
import { Connecting } from "./connect/connecting.ts";
import { ContextKeys } from "./contextKeys.ts";
import { Batch } from "./decide/batch.ts";
import { Decisions } from "./decide/decisions.ts";
import { Reasons } from "./decide/reasons.ts";
import { Sight } from "./decide/sight.ts";
import { attendance } from "./gates/attendance.ts";
import { gateOptions } from "./gates/gateOptions.ts";
import { WindowGates } from "./gates/windowGates.ts";
import { InlineLens } from "./inline/lens.ts";
import { InlineMarks } from "./inline/marks.ts";
import { Proposals } from "./inline/proposals.ts";
import { ReasonThreads } from "./inline/threads.ts";
import { ReminderToast } from "./notify/reminders.ts";
import { Toast } from "./notify/toast.ts";
import { Trouble } from "./notify/trouble.ts";
import { Phones } from "./phone/phones.ts";
import { Reach } from "./phone/reach.ts";
import { PolicyWords } from "./policyFile/completion.ts";
import { PolicyProblems } from "./policyFile/problems.ts";
import { Previews } from "./preview/previews.ts";
import { QueueTree } from "./queue/queueTree.ts";
import { GapMarks } from "./review/gaps.ts";
import { HiddenCharacters } from "./review/hidden.ts";
import { Links, linkTo } from "./review/links.ts";
import { Reviews } from "./review/reviews.ts";
import { startsBy } from "./review/starts.ts";
import { WhitespaceChanges } from "./review/whitespace.ts";
import { Adopting } from "./rules/adopting.ts";
import { RuleMaker } from "./rules/makeRule.ts";
import { PolicyNews } from "./rules/policyNews.ts";
import { RulesTree } from "./rules/rulesTree.ts";
import { StatusBar } from "./status/statusBar.ts";
import { TerminalEnvironment } from "./terminal/environment.ts";
import { Proof } from "./terminal/proof.ts";

/** Everything of a window: its gates first, so that agents find them soon; then what a person sees of them. */
export function openWindow(context: vscode.ExtensionContext): { close(): Promise<void> } {
	const output = vscode.window.createOutputChannel("Countersign", { log: true });
	const home = homeAt();
	const version: string = context.extension.packageJSON.version;
	const dist = `${context.extensionPath}/dist`;
	const shell = lazyShell(dist, (message) => output.error(message));
	const reach = new Reach(openChannels({ attended: attendance(), link: linkTo }));
	const gates = new WindowGates({ ...gateOptions(home, version, dist, output, reach), shell });
	// First the programs: a gate notices from its opening on when they change. It opens without them too.
	const laid = layPrograms(realDisk, home, dist).catch((error) => {
		output.error(error);
		void vscode.window.showErrorMessage(`Countersign could not lay its programs: ${escapeLabel(String(error))}`);
	});
	const ready = laid.then(() => gates.follow());

	const blobs = new BlobStore(realDisk, home.blobs);
	const files = new WorkspaceFiles(realDisk, blobs);
	const stores = { blobs, files, drafts: new DraftStore(realDisk, home.drafts), startsOf: startsBy(shell) };
	const reviews = new Reviews(gates, stores, ready);
	reviews.onDidFail((error) => output.error(messageOf(error)));
	const terminals = new AgentTerminals();
	const proposals = new Proposals(gates, blobs);
	const marks = new InlineMarks(proposals);
	const sight = new Sight(
		[
			{ place: "review", front: () => reviews.front() },
			{ place: "inline", front: () => marks.front() },
		],
		[onRequest(gates), proposals.onDidChange, reviews.contents.onDidChange],
	);
	const batch = new Batch(gates, sight);
	const queue = new QueueTree(gates, terminals, batch);
	const threads = new ReasonThreads(gates);
	reviews.onDidOpen(({ id, uri, unseen, asked }) => {
		const item = gates.find(id);
		if (!item || !(hasWords(item.request) || unseen.length > 0 || threads.has(id))) return;
		if (asked) threads.open(item, uri, 0, undefined, unseen);
		else threads.follow(item, uri, unseen);
	});
	const reviewer = { by: userInfo().username, via: "editor" as const };
	const reasons = new Reasons(context.globalState);
	const decisions = new Decisions({ sight, reviews, reasons, blobs, reviewer });
	const previews = new Previews();
	const connecting = new Connecting({ gates, home, dist, output, previews });
	const maker = new RuleMaker({ home, reviewer, plain: async (command) => (await shell.read(command))?.plain });
	const adopting = new Adopting(gates, previews, reviewer);
	const tree = new RulesTree(gates, home);
	const proof = new Proof(home, dist);
	context.subscriptions.push(
		output,
		gates,
		reviews,
		terminals,
		queue,
		proposals,
		marks,
		sight,
		batch,
		threads,
		vscode.window.registerUriHandler(new Links(gates, reviews)),
		new HiddenCharacters(),
		new GapMarks(),
		new WhitespaceChanges(),
		new InlineLens(proposals),
		new PolicyProblems(home),
		new PolicyWords(home),
		new StatusBar(gates),
		new Trouble(gates, output, ({ request }) => reviews.open(request)),
		new Toast(
			gates,
			() => queue.view.visible,
			({ request }) => reviews.open(request),
		),
		new ReminderToast(gates, ({ request }) => reviews.open(request)),
		new TerminalEnvironment(context.environmentVariableCollection, gates),
		new ContextKeys(gates, sight, marks, proposals, previews, batch),
		previews,
		tree,
		new PolicyNews(gates, adopting),
		proof,
		new Commands({
			gates,
			sight,
			reviews,
			decisions,
			batch,
			queue,
			proposals,
			threads,
			connecting,
			phones: new Phones(home, reach),
			previews,
			rules: { gates, tree, maker, adopting, previews, reviewer },
			proof,
			home,
			output,
			reviewer,
		}),
	);
	return { close: () => gates.close() };
}

/** Whether there is more to say about a change than its diff does. */
const hasWords = ({ intent, plan }: Request) => intent !== undefined || plan.why.length > 0;

/** The gates' event in the editor's form. */
function onRequest(gates: WindowGates): vscode.Event<unknown> {
	return (listener) => new vscode.Disposable(() => gates.onDidChange(listener).dispose());
}

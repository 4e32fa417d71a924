import * as vscode from "vscode";
import type { Request } from "../../core/request.ts";
import { isRevertible } from "../../core/revert.ts";
import { summaryText } from "../../present/describe.ts";
import { escapeLabel, escapeText } from "../../present/escape.ts";
import { agentOf, ageText, claimOf, fateText, nameOf, undoText, verbOf } from "../../present/words.ts";
import type { AgentState } from "../agents/agents.ts";
import type { Item } from "../gates/windowGates.ts";

/** A line of the queue. Commands know their rows by identity: nobody else can make one. */
export type Node = SectionNode | SessionNode | RequestNode | AgentsNode | AgentNode;

export interface SectionNode {
	readonly kind: "waiting" | "decided";
}

/** The section of the agents. */
export interface AgentsNode {
	readonly kind: "agents";
	/** Whether one of them is not gated. */
	readonly ungated: boolean;
}

export interface AgentNode {
	readonly kind: "agent";
	readonly state: AgentState;
}

export interface SessionNode {
	readonly kind: "session";
	readonly key: string;
	readonly items: readonly Item[];
	/** Shown when the window has several folders. */
	readonly folder: string | undefined;
}

export class RequestNode {
	readonly kind = "request";
	readonly item: Item;
	readonly parent: SectionNode | SessionNode;

	constructor(item: Item, parent: SectionNode | SessionNode) {
		this.item = item;
		this.parent = parent;
	}
}

export function rowOf(node: Node, now: number): vscode.TreeItem {
	if (node.kind === "session") return sessionRow(node);
	if (node.kind === "request") return requestRow(node, now);
	if (node.kind === "agents") return agentsRow(node);
	if (node.kind === "agent") return agentRow(node);
	const isWaiting = node.kind === "waiting";
	const { Expanded, Collapsed } = vscode.TreeItemCollapsibleState;
	const row = new vscode.TreeItem(isWaiting ? "Waiting" : "Decided", isWaiting ? Expanded : Collapsed);
	row.id = node.kind;
	row.contextValue = node.kind;
	return row;
}

/** By another name when one is not gated: then it opens by itself. */
function agentsRow({ ungated }: AgentsNode): vscode.TreeItem {
	const { Expanded, Collapsed } = vscode.TreeItemCollapsibleState;
	const row = new vscode.TreeItem("Agents", ungated ? Expanded : Collapsed);
	row.id = ungated ? "agents, one not gated" : "agents";
	row.contextValue = "agents";
	return row;
}

function agentRow({ state: { key, agent, session, isGated, says, why } }: AgentNode): vscode.TreeItem {
	const row = new vscode.TreeItem(escapeLabel(agent));
	row.id = `agent ${key}`;
	row.iconPath = isGated
		? new vscode.ThemeIcon("shield", new vscode.ThemeColor("testing.iconPassed"))
		: new vscode.ThemeIcon("warning", new vscode.ThemeColor("list.errorForeground"));
	row.description = says;
	row.contextValue = isGated ? "agent" : "agent-ungated";
	row.tooltip = `${escapeLabel(agent)} ${escapeLabel(session)}\n${says}\n${why}`;
	row.accessibilityInformation = { label: `${escapeLabel(agent)}, ${says}. ${why}` };
	return row;
}

function sessionRow({ key, items, folder }: SessionNode): vscode.TreeItem {
	const { agent = "", session = "" } = items[0]?.request.identity ?? {};
	const row = new vscode.TreeItem(escapeLabel(agent), vscode.TreeItemCollapsibleState.Expanded);
	row.id = `session ${key}`;
	row.iconPath = new vscode.ThemeIcon("hubot");
	row.description = [session && escapeLabel(session.slice(0, 12)), folder].filter(Boolean).join(" · ");
	row.contextValue = "session";
	row.tooltip = `${escapeLabel(agent)} says that it is this session: ${escapeLabel(session) || "(none)"}`;
	return row;
}

function requestRow({ item: { request }, parent }: RequestNode, now: number): vscode.TreeItem {
	const isWaiting = request.status === "waiting";
	const row = new vscode.TreeItem(`${verbOf(request)} ${nameOf(request)}`);
	row.id = `${parent.kind === "decided" ? "decided" : "waiting"} ${request.id}`;
	row.iconPath = isWaiting ? iconOf(request) : fateIcon(request);
	row.description = isWaiting ? waitingText(request, now) : fateText(request, now);
	row.contextValue = isWaiting ? "request" : isRevertible(request) ? "decided-request-revertible" : "decided-request";
	row.command = { command: "countersign.reviewRow", title: "Review" };
	row.accessibilityInformation = {
		label: `${verbOf(request)} ${nameOf(request)}, ${row.description}, asked by ${agentOf(request)}`,
	};
	return row;
}

/** Only what was seen has one: what is ticked is approved together with the others. */
export function boxOf(state: "ticked" | "open" | undefined): vscode.TreeItem["checkboxState"] {
	if (state === undefined) return undefined;
	const { Checked, Unchecked } = vscode.TreeItemCheckboxState;
	return {
		state: state === "ticked" ? Checked : Unchecked,
		tooltip: "You have seen it. Tick it to approve several together.",
	};
}

/** Protected and high first: the word that must not be cut off. */
function waitingText({ plan, requestedAt }: Request, now: number): string {
	const grave = plan.tier === "high" || plan.tier === "protected" ? plan.tier.toUpperCase() : "";
	return [grave, ageText(now - requestedAt), folderOf(plan.targets[0]?.facts.canonical)].filter(Boolean).join(" · ");
}

function folderOf(path: string | undefined): string {
	if (path === undefined) return "";
	const relative = vscode.workspace.asRelativePath(path, false);
	const folder = escapeLabel(relative.slice(0, Math.max(0, relative.lastIndexOf("/"))));
	return folder.length > FOLDER ? `…${folder.slice(1 - FOLDER)}` : folder;
}

/** Of a long path the end tells more than the beginning. Characters. */
const FOLDER = 28;

const ICONS: Readonly<Record<Request["action"]["tool"], string>> = {
	file_write: "edit",
	file_delete: "trash",
	file_rename: "arrow-swap",
	changes: "files",
	shell_execute: "terminal",
	api_call: "globe",
	send_message: "mail",
	mcp_call: "plug",
	file_read: "file",
	log_write: "output",
	custom: "tools",
};

function iconOf(request: Request): vscode.ThemeIcon {
	const isNew = verbOf(request) === "create";
	const { tier } = request.plan;
	const colour = tier === "protected" ? "list.errorForeground" : tier === "high" ? "list.warningForeground" : undefined;
	const name = isNew ? "new-file" : ICONS[request.action.tool];
	return colour ? new vscode.ThemeIcon(name, new vscode.ThemeColor(colour)) : new vscode.ThemeIcon(name);
}

function fateIcon({ status, outcome }: Request): vscode.ThemeIcon {
	if (outcome === "failed" || outcome === "differs" || outcome === "unknown") {
		return new vscode.ThemeIcon("warning", new vscode.ThemeColor("list.warningForeground"));
	}
	if (status === "approved") return new vscode.ThemeIcon("pass", new vscode.ThemeColor("testing.iconPassed"));
	return status === "denied"
		? new vscode.ThemeIcon("circle-slash", new vscode.ThemeColor("testing.iconFailed"))
		: new vscode.ThemeIcon("circle-outline");
}

/** Only when it is asked for. The agent's own words stand apart, as text that cannot become a link. */
export function tooltipOf({ request }: Item): vscode.MarkdownString {
	const tooltip = new vscode.MarkdownString();
	tooltip.appendCodeblock(summaryText(request), "text");
	if (request.plan.why.length > 0) tooltip.appendText(`${request.plan.why.join("; ")}\n\n`);
	if (request.decision) tooltip.appendText(`${fateText(request, Date.now())}\n\n`);
	if (request.decision?.reason) tooltip.appendText(`Reason: ${escapeLabel(request.decision.reason)}\n\n`);
	const [undo, claim] = [undoText(request), claimOf(request)];
	if (undo !== undefined) tooltip.appendText(`${undo}.\n\n`);
	if (claim) {
		tooltip.appendMarkdown("The agent says (not checked):\n\n");
		tooltip.appendCodeblock(escapeText(claim), "text");
	}
	return tooltip;
}

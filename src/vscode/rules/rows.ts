import { join } from "node:path";
import * as vscode from "vscode";
import type { AllowRule } from "../../core/policy/allowRules.ts";
import type { Origin, Policy, PolicyRule } from "../../core/policy/policy.ts";
import type { PolicyView } from "../../core/policy/policyView.ts";
import { type RuleState, stateOfRule } from "../../core/policy/ruleState.ts";
import type { FolderGate } from "../../owner/folderGate.ts";
import { escapeLabel } from "../../present/escape.ts";
import { coverText, limitText, standingText, strictText, toolText } from "../../present/ruleText.ts";
import { isSuspended } from "./standing.ts";

/** A line of the table. Commands know their rows by identity: nobody else can make one. */
export class RuleNode {
	readonly id: string;
	readonly label: string;
	readonly face: Face;
	readonly children: readonly RuleNode[];

	constructor(id: string, label: string, face: Face, children: readonly RuleNode[] = []) {
		this.id = id;
		this.label = label;
		this.face = face;
		this.children = children;
	}
}

interface Face {
	readonly icon?: string;
	readonly colour?: string;
	readonly description?: string;
	readonly tooltip?: string;
	/** What the menus know it by. */
	readonly menu?: string;
	/** Where it is written. */
	readonly place?: { readonly path: string; readonly ruleId?: string; readonly line?: number };
	/** Of a rule that allows. */
	readonly rule?: { readonly gate: FolderGate; readonly allow: AllowRule };
	/** What a click on it does; without one it opens the place. */
	readonly command?: string;
}

/** Where the policies of a folder are written. */
interface Files {
	readonly user: string;
	readonly managed: string;
}

/** What may pass at a gate, what asks, and what never happens, in sentences. Undefined: the gate is another process's. */
export function rowsOf(gate: FolderGate, files: Files, now: number): RuleNode[] | undefined {
	const view = gate.policy();
	if (!view) return undefined;
	const table = new Table(gate, view, files, now);
	return [...table.warnings(), table.may(), table.must(), table.never()];
}

const STATE_ICONS: Readonly<Record<RuleState, string>> = {
	live: "pass",
	paused: "debug-pause",
	expired: "history",
	"used up": "history",
	elsewhere: "circle-outline",
};

class Table {
	private readonly gate: FolderGate;
	private readonly view: PolicyView;
	private readonly files: Files;
	private readonly now: number;

	constructor(gate: FolderGate, view: PolicyView, files: Files, now: number) {
		this.gate = gate;
		this.view = view;
		this.files = files;
		this.now = now;
	}

	/** Why less passes than the table says. */
	warnings(): RuleNode[] {
		const { isPaused, drifted, proposals, problems } = this.view;
		const held = isSuspended(this.view) ? "no rule allows anything" : "";
		const warn = (key: string, label: string, command: string, description = held, icon = "warning") =>
			this.node(key, label, { icon, colour: "list.warningForeground", description, command });
		return [
			...(isPaused
				? [warn("paused", "Paused: everything waits", "countersign.resume", "reads too · resume…", "debug-pause")]
				: []),
			...(drifted.length > 0 ? [warn("drift", "Gate files changed", "countersign.reviewDrift")] : []),
			...proposals.map(({ origin }) =>
				origin === "user"
					? warn("user waits", "Your policy waits for you", "countersign.reviewPolicy")
					: warn("repository waits", "The repository's policy waits", "countersign.reviewPolicy", "not in force"),
			),
			...problems.map((problem, at) => this.problem(problem, at)),
		];
	}

	private problem(problem: string, at: number): RuleNode {
		const [, path, line, message = problem] = /^(\/.*?):(\d+): (.*)$/s.exec(problem) ?? [];
		const [what = message] = message.split(". ");
		return this.node(`problem ${at}`, escapeLabel(what), {
			icon: "error",
			colour: "list.errorForeground",
			...(path === undefined ? {} : { description: this.nameOf(path), place: { path, line: Number(line) } }),
			tooltip: escapeLabel(problem),
		});
	}

	may(): RuleNode {
		const { isPaused } = this.view;
		const { free, requireApproval } = this.view.inForce;
		const words = [...free].filter((word) => !requireApproval.has(word));
		const tools = words.map((word) =>
			this.node(`free ${word}`, toolText(word), isPaused ? HELD_FREE : { ...PASSES, description: FREE[word] ?? "" }),
		);
		return this.group("May, without asking", "pass", [...tools, ...this.view.allows.map((rule) => this.allow(rule))]);
	}

	private allow(allow: AllowRule): RuleNode {
		const { gate, now, view } = this;
		const { rule } = allow;
		const used = view.count(rule.id);
		const state = stateOfRule(allow, gate.workspace, used, now);
		const isLive = state === "live" && !isSuspended(view) && !view.isPaused;
		const says = standingText(allow, state, { used, last: view.lastUsed(rule.id), now });
		const covers = coverText(rule, gate.workspace);
		return this.node(`allow ${rule.id}`, covers, {
			icon: state === "live" && !isLive ? "circle-outline" : STATE_ICONS[state],
			...(isLive ? { colour: OK } : {}),
			description: says,
			tooltip: [
				covers,
				...(state === "expired" ? [limitText(allow, now)] : []),
				says,
				"",
				`Rule ${rule.id} of your policy`,
				this.files.user,
			].join("\n"),
			menu: rule.paused ? "allow-paused" : "allow",
			place: { path: this.files.user, ruleId: rule.id },
			rule: { gate, allow },
		});
	}

	must(): RuleNode {
		const { inForce } = this.view;
		const tools = [...inForce.requireApproval].map((word) => this.node(`ask ${word}`, toolText(word), QUESTION));
		const rest = this.node("ask rest", "Anything else", {
			...QUESTION,
			description: "every tool that is named nowhere",
		});
		const rules = inForce.rules.filter(({ effect }) => effect === "ask").map((rule) => this.strict(rule));
		return this.group("Must ask you", "question", [...tools, rest, ...rules, ...this.guarded(inForce)]);
	}

	/** What no rule lets pass, whatever the tool. */
	private guarded({ protect, roots }: Policy): RuleNode[] {
		const outside = ["Anything outside this folder", ...roots].join(" and ");
		const only = "only in the editor";
		return [
			this.node("outside", escapeLabel(outside), { ...TWICE, description: "asks twice" }),
			this.node("P1", "Files that can run code or hold secrets", { ...TWICE, description: "asks twice" }),
			...protect.map((glob) =>
				this.node(`protect ${glob}`, escapeLabel(`Change ${glob}`), {
					icon: "lock",
					description: `protected · ${only}`,
				}),
			),
			this.node("P0", "The settings of agents, of editors and of this gate", {
				icon: "lock",
				description: `protected · ${only}`,
			}),
		];
	}

	never(): RuleNode {
		const { rules, expireAfter } = this.view.inForce;
		const denies = rules.filter(({ effect }) => effect === "deny").map((rule) => this.strict(rule));
		const time = this.node("time", "Pass because time went by", {
			...NEVER,
			description: expireAfter ? `denied after ${expireAfter.words}` : "what waits, waits",
		});
		return this.group("Never", "circle-slash", [...denies, time]);
	}

	private strict(rule: PolicyRule): RuleNode {
		const { id, effect, reason, from } = rule;
		const path = this.pathOf(from);
		return this.node(`${effect} ${id}`, strictText(rule), {
			...(effect === "deny" ? NEVER : QUESTION),
			description: escapeLabel([reason, from === "user" ? "" : WHOSE[from]].filter(Boolean).join(" · ")),
			tooltip: [
				strictText(rule),
				...(reason ? [escapeLabel(reason)] : []),
				"",
				`Rule ${id} of ${WHOSE[from]}`,
				path,
			].join("\n"),
			menu: "rule",
			place: { path, ruleId: id },
		});
	}

	private pathOf(from: Origin): string {
		if (from === "user") return this.files.user;
		return from === "managed" ? this.files.managed : join(this.gate.workspace, ".countersign", "policy.yaml");
	}

	private nameOf(path: string): string {
		if (path === this.files.user) return WHOSE.user;
		return path === this.files.managed ? WHOSE.managed : WHOSE.repository;
	}

	private group(label: string, icon: string, children: readonly RuleNode[]): RuleNode {
		return this.node(label, label, { icon }, children);
	}

	private node(key: string, label: string, face: Face, children: readonly RuleNode[] = []): RuleNode {
		return new RuleNode(`${this.gate.workspace} ${key}`, label, face, children);
	}
}

const OK = "testing.iconPassed";
const PASSES: Face = { icon: "pass", colour: OK };
const HELD_FREE: Face = { icon: "circle-outline", description: "waits while paused" };
const QUESTION: Face = { icon: "question" };
const TWICE: Face = { icon: "warning" };
const NEVER: Face = { icon: "circle-slash", colour: "testing.iconFailed" };
const FREE: Readonly<Record<string, string>> = { file_read: "but for keys and secrets" };
const WHOSE: Readonly<Record<Origin, string>> = {
	user: "your policy",
	repository: "the repository's policy",
	managed: "your organization's policy",
};

export function itemOf({ id, label, face, children }: RuleNode): vscode.TreeItem {
	const { None, Expanded } = vscode.TreeItemCollapsibleState;
	const item = new vscode.TreeItem(label, children.length > 0 ? Expanded : None);
	item.id = id;
	if (face.icon) {
		item.iconPath = face.colour
			? new vscode.ThemeIcon(face.icon, new vscode.ThemeColor(face.colour))
			: new vscode.ThemeIcon(face.icon);
	}
	item.description = face.description ?? "";
	item.tooltip = face.tooltip ?? [label, face.description].filter(Boolean).join(", ");
	item.contextValue = face.menu ?? "";
	item.accessibilityInformation = { label: [label, face.description].filter(Boolean).join(", ") };
	return item;
}

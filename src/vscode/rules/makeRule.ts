import { readFile } from "node:fs/promises";
import * as vscode from "vscode";
import type { Reviewer } from "../../core/gateTypes.ts";
import { type AllowRule, allowRule, allowSchema } from "../../core/policy/allowRules.ts";
import { addRule, freshId } from "../../core/policy/editPolicy.ts";
import type { Part } from "../../core/policy/parts.ts";
import type { PolicyView } from "../../core/policy/policyView.ts";
import { type Plain, partsOfRequest, rearView } from "../../core/policy/rearView.ts";
import { type Scope, scopesOf, whyNoRule, whyNoScope } from "../../core/policy/scopes.ts";
import type { Request } from "../../core/request.ts";
import { type FolderGate, notOurs } from "../../owner/folderGate.ts";
import { escapeLabel } from "../../present/escape.ts";
import { coverText, limitText, reachText, rearViewText } from "../../present/ruleText.ts";
import { agentOf, nameOf, verbOf } from "../../present/words.ts";
import type { Home } from "../../store/home.ts";
import { askPerson } from "../askPerson.ts";
import type { Item } from "../gates/windowGates.ts";
import { isUsual, type Limit, limitsFor } from "./limits.ts";
import { pickOne } from "./pickOne.ts";

interface MakerParts {
	readonly home: Home;
	readonly reviewer: Reviewer;
	/** Who takes a command apart. */
	readonly plain: Plain;
}

/** A rule from a request: what it covers, for how long, what it would have let pass, and only then the policy is written. */
export class RuleMaker {
	private readonly parts: MakerParts;

	constructor(parts: MakerParts) {
		this.parts = parts;
	}

	async make({ gate, request }: Item): Promise<void> {
		const { hold } = gate;
		if (hold.kind !== "ours") return tellNone(notOurs(hold));
		const view = gate.policy();
		if (!view) return;
		if (view.proposals.some(({ origin }) => origin === "user")) return tellFirst();
		const parts = await partsOfRequest(request, this.parts.plain);
		const why = whyNoRule(request, parts, view.inForce);
		if (why !== undefined) return tellNone(why);
		const part = await pickPart(request, parts ?? [], gate.workspace);
		if (!part) return;
		const scopes = scopesOf(part, gate.workspace);
		if (scopes.length === 0) return tellNone(whyNoScope(part, gate.workspace));
		while (await this.choose(gate, request, scopes)) {
			// The person wants another one.
		}
	}

	/** @returns whether it is chosen anew */
	private async choose(gate: FolderGate, request: Request, scopes: readonly Scope[]): Promise<boolean> {
		const scope = await pickScope(request, scopes, gate.workspace);
		const limit = scope && (await pickLimit(gate.workspace, request.identity.session));
		const view = gate.policy();
		if (!scope || !limit || !view) return false;
		const before = await readFile(this.parts.home.policy, "utf8");
		const id = freshId(before, wordsOf(scope), (name) => wasUsed(view, name));
		const rule = allowSchema.parse({ id, effect: "allow", ...scope, ...limit });
		const allow = allowRule(rule, gate.workspace);
		const sentence = `${coverText(rule, gate.workspace)}: without asking, ${limitText(allow, Date.now())}`;
		const detail = [
			`${sentence}.`,
			...caution(rule.tool),
			"",
			await this.mirror(gate, allow),
			"",
			request.status === "waiting"
				? "It covers what is asked from now on. The request at hand keeps waiting for you."
				: "It covers what is asked from now on.",
			`It becomes the rule ${id} of your policy. You can pause and delete it in What May Pass.`,
		].join("\n");
		const buttons = { harmless: "Choose Again", yes: "Make the Rule" };
		const answer = await askPerson("Let this pass without asking you?", detail, buttons);
		if (answer !== "yes") return answer === "harmless";
		await gate.writePolicy(before, addRule(before, rule), `rule ${id} made. ${sentence}`, this.parts.reviewer);
		const waits = request.status === "waiting" ? " The request at hand keeps waiting for you." : "";
		void vscode.window.showInformationMessage(`The rule ${id} holds from now on.${waits}`);
		return false;
	}

	private async mirror(gate: FolderGate, allow: AllowRule): Promise<string> {
		const { plain } = this.parts;
		const past = gate.history().map(async (request) => ({ request, parts: await partsOfRequest(request, plain) }));
		return rearViewText(rearView(allow, await Promise.all(past)));
	}
}

/** A name that stands in the records: what it counted there would count against the new rule. */
const wasUsed = (view: PolicyView, id: string) => view.count(id) > 0;

const wordsOf = ({ path, argv, method, host, server, name }: Scope) =>
	path ?? argv?.join(" ") ?? [method, host, server, name].filter(Boolean).join(" ");

/** What a person may not think of. */
function caution(tool: Scope["tool"]): string[] {
	if (tool === "file_write") return ["Whatever is written there: not only what is proposed now."];
	if (tool === "shell_execute") return ["What the command does may depend on files that change."];
	return tool === "api_call" ? ["Every address on that host, with whatever is sent along."] : [];
}

function tellNone(why: string): void {
	void vscode.window.showInformationMessage(`No rule can let this pass. ${escapeLabel(why)}`);
}

function tellFirst(): void {
	const text = "Your policy was changed and waits for you. Look at that first.";
	void vscode.window.showWarningMessage(text, "Review the Policy…").then((chosen) => {
		if (chosen) return vscode.commands.executeCommand("countersign.reviewPolicy");
		return undefined;
	});
}

/** A rule is about one thing: of several, which. */
async function pickPart(request: Request, parts: readonly Part[], folder: string): Promise<Part | undefined> {
	const different = [...new Map(parts.map((part) => [JSON.stringify(part), part])).values()];
	if (different.length < 2) return different[0];
	const items = different.map((part) => {
		const [scope] = scopesOf(part, folder);
		if (scope) return { label: coverText({ ...scope, workspace: folder }, folder), part };
		return { label: escapeLabel(JSON.stringify(part)), description: whyNoScope(part, folder), part };
	});
	const placeholder = "It passes when there is a rule for each of its parts. For which one now?";
	return (await pickOne(titleOf(request), placeholder, items))?.part;
}

async function pickScope(request: Request, scopes: readonly Scope[], folder: string): Promise<Scope | undefined> {
	const items = scopes.map((scope) => ({
		label: coverText({ ...scope, workspace: folder }, folder),
		description: reachText(scope),
		scope,
	}));
	return (await pickOne(titleOf(request), "What should pass without asking from now on?", items))?.scope;
}

async function pickLimit(folder: string, session: string): Promise<Limit["limit"] | undefined> {
	const limits = limitsFor(folder, session, Date.now());
	const title = "Make a Rule: How Long?";
	return (await pickOne(title, "Every rule ends by itself", limits, limits.findIndex(isUsual)))?.limit;
}

const titleOf = (request: Request) =>
	`Make a Rule: ${verbOf(request)} ${nameOf(request)}, asked by ${agentOf(request)}`;

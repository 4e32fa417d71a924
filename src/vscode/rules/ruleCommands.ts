import { readFile } from "node:fs/promises";
import type { Reviewer } from "../../core/gateTypes.ts";
import { lineOfRule, removeRule, setPaused } from "../../core/policy/editPolicy.ts";
import { coverText, limitText } from "../../present/ruleText.ts";
import { askPerson } from "../askPerson.ts";
import type { Item, WindowGates } from "../gates/windowGates.ts";
import type { Previews } from "../preview/previews.ts";
import type { Adopting } from "./adopting.ts";
import { say } from "./dialog.ts";
import { reviewDrift } from "./drift.ts";
import type { RuleMaker } from "./makeRule.ts";
import { pause, resume } from "./pausing.ts";
import { openAt } from "./policyNews.ts";
import type { RuleNode } from "./rows.ts";
import type { RulesTree } from "./rulesTree.ts";

export interface RuleCommandParts {
	readonly gates: WindowGates;
	readonly tree: RulesTree;
	readonly maker: RuleMaker;
	readonly adopting: Adopting;
	readonly previews: Previews;
	readonly reviewer: Reviewer;
	/** The request of a row of the queue, or the one that is in front. */
	readonly itemOf: (argument: unknown) => Item | undefined;
}

type Handlers = Readonly<Record<string, (argument: unknown) => unknown>>;

/** What a person can do with the policy. What lets more through ends in the editor's own dialog. */
export function ruleCommands(parts: RuleCommandParts): Handlers {
	const { gates, tree, maker, adopting, previews, reviewer } = parts;
	return {
		makeRule: (argument) => {
			const item = parts.itemOf(argument);
			return item ? maker.make(item) : say("$(shield) Open a request, and make a rule from it.");
		},
		pauseRule: (argument) => pauseRule(tree.nodeOf(argument), reviewer),
		unpauseRule: (argument) => unpauseRule(tree.nodeOf(argument), reviewer),
		deleteRule: (argument) => deleteRule(tree.nodeOf(argument), reviewer),
		openRule: (argument) => openRule(tree.nodeOf(argument)),
		reviewPolicy: () => adopting.review(),
		adoptShown: () => previews.front()?.answer(true),
		reviewDrift: () => reviewDrift(gates, reviewer),
		pause: () => pause(gates, reviewer),
		resume: () => resume(gates, reviewer),
	};
}

async function pauseRule(node: RuleNode | undefined, reviewer: Reviewer): Promise<void> {
	const id = node?.face.rule?.allow.rule.id;
	if (id !== undefined) await change(node, (text) => setPaused(text, id, true), `rule ${id} paused`, reviewer);
}

async function deleteRule(node: RuleNode | undefined, reviewer: Reviewer): Promise<void> {
	const id = node?.face.rule?.allow.rule.id;
	if (id === undefined) return;
	await change(node, (text) => removeRule(text, id), `rule ${id} deleted`, reviewer);
	say(`$(trash) The rule ${id} is deleted: what it let pass asks again.`);
}

async function unpauseRule(node: RuleNode | undefined, reviewer: Reviewer): Promise<void> {
	const { gate, allow } = node?.face.rule ?? {};
	if (!gate || !allow) return;
	const { id } = allow.rule;
	const sentence = `${coverText(allow.rule, gate.workspace)}: without asking, ${limitText(allow, Date.now())}.`;
	const buttons = { harmless: "Keep It Paused", yes: "Let It Allow Again" };
	if ((await askPerson(`Let the rule ${id} allow again?`, sentence, buttons)) !== "yes") return;
	await change(node, (text) => setPaused(text, id, false), `rule ${id} allows again`, reviewer);
}

/** In the person's own policy, as it is now. */
async function change(
	node: RuleNode | undefined,
	how: (text: string) => string,
	what: string,
	reviewer: Reviewer,
): Promise<void> {
	const { rule, place } = node?.face ?? {};
	if (!rule || !place) return;
	const before = await readFile(place.path, "utf8");
	const text = how(before);
	if (text !== before) await rule.gate.writePolicy(before, text, what, reviewer);
}

async function openRule(node: RuleNode | undefined): Promise<void> {
	const place = node?.face.place;
	if (!place) return;
	const { path, ruleId, line = 1 } = place;
	const at = ruleId === undefined ? line : lineOfRule(await readFile(path, "utf8"), ruleId);
	await openAt(path, at ?? 1);
}

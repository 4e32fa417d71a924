import { getNodeValue, type Node } from "jsonc-parser";
import { shellQuote } from "../../base/shellQuote.ts";
import { Problem } from "../../protocol/problem.ts";
import { fault, inserted, isAlone, member, parseObject, removed } from "../jsonText.ts";

/** The events we are called for. The outcome of a call that we allowed comes by the two Post events. */
const EVENTS = ["PreToolUse", "PostToolUse", "PostToolUseFailure"] as const;

/** How our own entries are recognised, whatever program they start. */
const OURS = / claude-code \d+ \|\| \{ echo 'Countersign/;

/**
 * The hook's command line. A shell runs it: whatever happens to the program (gone, killed, crashed), it ends in exit 2.
 * The model may be shown this line, so it holds no secret.
 */
export function hookCommand(program: string, waitSeconds: number): string {
	return `${shellQuote(program)} claude-code ${waitSeconds} || { echo 'Countersign did not allow this call.' >&2; exit 2; }`;
}

/**
 * Claude Code's settings file with our hooks in it and every other byte as it was.
 * @param command ends in exit 2 whatever happens to our program
 * @param timeoutSeconds of Claude; our own deadline lies before it
 * @throws Problem naming the line, when our hooks would not be in force. Claude Code (2.1.330) ignores a whole file for one
 * comment or one comma too many, without a word
 */
export function withHooks(text: string, command: string, timeoutSeconds: number): string {
	const before = text.trim() === "" ? "{\n}\n" : text;
	let result = withoutHooks(before);
	const group = { matcher: "*", hooks: [{ type: "command", command, timeout: timeoutSeconds, onFailure: "block" }] };
	const root = read(result, { comments: false });
	const off = member(result, root, "disableAllHooks");
	if (off?.value === true) throw fault(result, off.offset, "turns all hooks off. Take that out first.");
	if (isConnected(before, group)) return before;
	if (!member(result, root, "hooks")) {
		return inserted(result, root, Object.fromEntries(EVENTS.map((event) => [event, [group]])), "hooks");
	}
	for (const event of EVENTS) {
		const hooks = member(result, read(result, { comments: false }), "hooks") as Node;
		const groups = member(result, hooks, event);
		result = groups ? inserted(result, groups, group) : inserted(result, hooks, [group], event);
	}
	return result;
}

/** As connected before, whatever was put beside it since. */
function isConnected(text: string, group: object): boolean {
	const { hooks } = getNodeValue(parseObject(text, { comments: false })) as { hooks?: Record<string, unknown[]> };
	return EVENTS.every((event) => {
		const ours = (hooks?.[event] ?? []).map((other) => JSON.stringify(other)).filter((other) => OURS.test(other));
		return ours.length === 1 && ours[0] === JSON.stringify(group);
	});
}

/** The same file without our hooks; lists and objects that only held ours go too. */
export function withoutHooks(text: string): string {
	let result = text.trim() === "" ? "{}\n" : text;
	for (;;) {
		const ours = findOurs(result, read(result, { comments: true }));
		if (!ours) return result;
		result = removed(result, ours);
	}
}

function read(text: string, options: { comments: boolean }): Node {
	try {
		return parseObject(text, options);
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		throw new Problem("bad_request", `${error.message}; Claude Code ignores such a file whole. Mend it first.`);
	}
}

/** The first hook of ours, with as much around it as holds nothing else. */
function findOurs(text: string, root: Node): Node | undefined {
	const hooks = expected(text, member(text, root, "hooks"), "object", '"hooks"');
	for (const event of hooks ? EVENTS : []) {
		const groups = expected(text, hooks && member(text, hooks, event), "array", `"hooks.${event}"`);
		for (const group of groups?.children ?? []) {
			expected(text, group, "object", `a member of "hooks.${event}"`);
			const list = expected(text, member(text, group, "hooks"), "array", `a member of "hooks.${event}.hooks"`);
			const ours = list?.children?.find((hook) => isOurs(text, hook, event));
			if (ours) return withItsHolders(text, ours);
		}
	}
	return undefined;
}

function isOurs(text: string, hook: Node, event: string): boolean {
	expected(text, hook, "object", `a hook of "hooks.${event}"`);
	const command: unknown = member(text, hook, "command")?.value;
	return typeof command === "string" && OURS.test(command);
}

/** hook < list < pair "hooks" < group < list < pair of the event < object < pair "hooks": what is empty without it. */
function withItsHolders(text: string, hook: Node): Node {
	const group = hook.parent?.parent?.parent;
	if (!group || !isAlone(text, hook)) return hook;
	const event = group.parent?.parent;
	if (!event || !isAlone(text, group)) return group;
	const hooks = event.parent?.parent;
	return hooks && isAlone(text, event) ? hooks : event;
}

function expected(text: string, node: Node | undefined, type: "object" | "array", name: string): Node | undefined {
	if (!node || node.type === type) return node;
	const what = `has ${name} that is ${type === "array" ? "not a list" : "not an object"}`;
	throw fault(text, node.offset, `${what}; Claude Code does not take it. Mend it first.`);
}

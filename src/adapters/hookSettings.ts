import { getNodeValue, type Node } from "jsonc-parser";
import type { Json } from "../base/canonicalJson.ts";
import { Problem } from "../protocol/problem.ts";
import { fault, inserted, isAlone, member, parseObject, removed } from "./jsonText.ts";

/** A settings file of the form that many agents share: `{"hooks": {EVENT: [{"matcher", "hooks": [{"command"}]}]}}`. */
export interface HookFile {
	/** The agent's name in a sentence. */
	readonly name: string;
	/** The events we are called for. */
	readonly events: readonly string[];
	/** Whether a command is one of ours. */
	readonly ours: RegExp;
	/** Whether the agent takes a file with comments. */
	readonly comments: boolean;
	/** @throws Problem when something else in the file keeps hooks from running */
	readonly refuse?: (text: string, root: Node) => void;
}

/**
 * The settings file with our hooks in it and every other byte as it was.
 * @throws Problem naming the line, when our hooks would not be in force: agents ignore a whole file for one mistake,
 * without a word
 */
export function withHooks(file: HookFile, text: string, group: Json): string {
	const before = text.trim() === "" ? "{\n}\n" : text;
	let result = withoutHooks(file, before);
	file.refuse?.(result, read(file, result, file.comments));
	if (isConnected(file, before, group)) return before;
	if (!member(result, read(file, result, file.comments), "hooks")) {
		const all = Object.fromEntries(file.events.map((event) => [event, [group]]));
		return inserted(result, read(file, result, file.comments), all, "hooks");
	}
	for (const event of file.events) {
		const hooks = member(result, read(file, result, file.comments), "hooks") as Node;
		const groups = member(result, hooks, event);
		result = groups ? inserted(result, groups, group) : inserted(result, hooks, [group], event);
	}
	return result;
}

/** As connected before, whatever was put beside it since. */
function isConnected(file: HookFile, text: string, group: Json): boolean {
	const { hooks } = getNodeValue(read(file, text, file.comments)) as { hooks?: Record<string, unknown[]> };
	return file.events.every((event) => {
		const ours = (hooks?.[event] ?? []).map((other) => JSON.stringify(other)).filter((other) => file.ours.test(other));
		return ours.length === 1 && ours[0] === JSON.stringify(group);
	});
}

/** The same file without our hooks; lists and objects that only held ours go too. */
export function withoutHooks(file: HookFile, text: string): string {
	let result = text.trim() === "" ? "{}\n" : text;
	for (;;) {
		const ours = findOurs(file, result, read(file, result, true));
		if (!ours) return result;
		result = removed(result, ours);
	}
}

function read({ name }: HookFile, text: string, comments: boolean): Node {
	try {
		return parseObject(text, { comments });
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		throw new Problem("bad_request", `${error.message}; ${name} ignores such a file whole. Mend it first.`);
	}
}

/** The first hook of ours, with as much around it as holds nothing else. */
function findOurs(file: HookFile, text: string, root: Node): Node | undefined {
	const expect = (node: Node | undefined, type: "object" | "array", what: string) =>
		expected(file, text, node, type, what);
	const hooks = expect(member(text, root, "hooks"), "object", '"hooks"');
	for (const event of hooks ? file.events : []) {
		const groups = expect(hooks && member(text, hooks, event), "array", `"hooks.${event}"`);
		for (const group of groups?.children ?? []) {
			expect(group, "object", `a member of "hooks.${event}"`);
			const list = expect(member(text, group, "hooks"), "array", `a member of "hooks.${event}.hooks"`);
			const isOurs = (hook: Node) => {
				expect(hook, "object", `a hook of "hooks.${event}"`);
				const command: unknown = member(text, hook, "command")?.value;
				return typeof command === "string" && file.ours.test(command);
			};
			const ours = list?.children?.find(isOurs);
			if (ours) return withItsHolders(text, ours);
		}
	}
	return undefined;
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

function expected(
	{ name }: HookFile,
	text: string,
	node: Node | undefined,
	type: "object" | "array",
	what: string,
): Node | undefined {
	if (!node || node.type === type) return node;
	const kind = type === "array" ? "not a list" : "not an object";
	throw fault(text, node.offset, `has ${what} that is ${kind}; ${name} does not take it. Mend it first.`);
}

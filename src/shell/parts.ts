import type { Node } from "@vscode/tree-sitter-wasm";
import type { Redirect } from "../core/policy/shell.ts";
import { isLeaf, literalOf } from "./literal.ts";

interface Parts {
	readonly words: (string | null)[];
	readonly assigns: string[];
	readonly redirects: Node[];
	/** Where something may be substituted: words that are more than their letters, and values. */
	readonly within: Node[];
}

/** What a command is made of, as the grammar has it. @param type of the command, as it is costly to ask twice */
export function partsOf(command: Node, type: string): Parts {
	const parts: Parts = { words: [], assigns: [], redirects: [], within: [] };
	let before = "";
	for (const child of type === "test_command" ? leaves(command) : command.children) {
		if (!child) continue;
		const kind = child.type;
		if (kind === "variable_assignment") addAssignment(parts, child, type);
		else add(parts, child, kind, before);
		before = kind;
	}
	return parts;
}

function add({ words, redirects, within }: Parts, child: Node, kind: string, before: string): void {
	if (isRedirect(kind)) redirects.push(child);
	// $"…" is looked up in a catalogue: a dollar, and a string beside it.
	else if (kind !== "$") words.push(before === "$" ? null : literalOf(child, kind));
	if (kind === "word" || !isLeaf(kind)) within.push(child);
}

/** Before a command it sets a variable; after `export` and its like it is a word as well. */
function addAssignment({ words, assigns, within }: Parts, assignment: Node, command: string): void {
	const name = nameOf(assignment);
	assigns.push(name);
	for (const child of assignment.children) if (child) within.push(child);
	if (command !== "declaration_command") return;
	const value = assignment.childForFieldName("value");
	const literal = value ? literalOf(value, value.type) : "";
	words.push(literal === null ? null : `${name}=${literal}`);
}

/** The words of `[ … ]` and `[[ … ]]`, out of the expression that the grammar makes of them. */
function leaves(node: Node): (Node | null)[] {
	const found: (Node | null)[] = [];
	const open = [...node.children].reverse();
	while (open.length > 0) {
		const next = open.pop();
		if (next && /_expression$/.test(next.type)) open.push(...[...next.children].reverse());
		else found.push(next ?? null);
	}
	return found;
}

/** `NAME` of `NAME=…` and `NAME[…]=…`. */
export const nameOf = (assignment: Node): string => /^\w*/.exec(assignment.text)?.[0] ?? "";

export const isRedirect = (type: string): boolean => type.endsWith("_redirect");

export function redirectOf(node: Node): Redirect {
	const [first, ...others] = node.children;
	const hasDescriptor = first?.type === "file_descriptor";
	const [sign, target] = hasDescriptor ? others : [first, ...others];
	const op = `${hasDescriptor ? first.text : ""}${sign?.text ?? ""}`;
	if (!target) return op.endsWith("-") ? { op: op.slice(0, -1), target: "-" } : { op, target: null };
	const kind = target.type;
	return { op, target: kind === "heredoc_start" ? target.text : literalOf(target, kind) };
}

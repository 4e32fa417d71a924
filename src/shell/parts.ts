import type { Node } from "@vscode/tree-sitter-wasm";
import type { Redirect } from "../core/policy/shell.ts";
import { literalOf } from "./literal.ts";

interface Parts {
	readonly words: (string | null)[];
	readonly assigns: string[];
	readonly redirects: Node[];
}

/** What a command is made of, as the grammar has it. */
export function partsOf(command: Node): Parts {
	const parts: Parts = { words: [], assigns: [], redirects: [] };
	const children = command.type === "test_command" ? leaves(command) : command.children;
	for (const [at, child] of children.entries()) {
		if (!child) continue;
		if (isRedirect(child)) parts.redirects.push(child);
		else if (child.type === "variable_assignment") addAssignment(parts, child, command);
		// $"…" is looked up in a catalogue: a dollar, and a string beside it.
		else if (child.type !== "$") parts.words.push(children[at - 1]?.type === "$" ? null : literalOf(child));
	}
	return parts;
}

/** Before a command it sets a variable; after `export` and its like it is a word as well. */
function addAssignment({ words, assigns }: Parts, assignment: Node, command: Node): void {
	const name = nameOf(assignment);
	assigns.push(name);
	if (command.type !== "declaration_command") return;
	const value = assignment.childForFieldName("value");
	const literal = value ? literalOf(value) : "";
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

export const isRedirect = (node: Node): boolean => /^(?:file|heredoc|herestring)_redirect$/.test(node.type);

export function redirectOf(node: Node): Redirect {
	const sign = node.children.find((child) => child && !child.isNamed && /[<>]/.test(child.type))?.type ?? "<";
	const op = `${node.childForFieldName("descriptor")?.text ?? ""}${sign}`;
	if (node.type === "heredoc_redirect") return { op, target: node.namedChild(0)?.text ?? null };
	const target = node.childForFieldName("destination") ?? node.namedChildren.at(-1);
	return { op, target: target ? literalOf(target) : null };
}

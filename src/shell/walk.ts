import type { Node } from "@vscode/tree-sitter-wasm";
import type { Redirect, SimpleCommand } from "../core/policy/shell.ts";
import { handedOn } from "./handedOn.ts";
import { GLOB, isLeaf } from "./literal.ts";
import { Notes } from "./notes.ts";
import { isRedirect, nameOf, partsOf, redirectOf } from "./parts.ts";

/** Texts within texts are read this deep, wrappers around wrappers too. */
const MAX_TEXTS = 4;
const MAX_WRAPPERS = 16;
/** A tree that is deeper is not read to its ends: a hostile one would take the whole stack. */
const MAX_DEPTH = 200;
/** Of a larger tree, with the texts in it, the rest is not listed: nobody would read it. */
const MAX_NODES = 20_000;

/** A command while it is being found: redirections come after it. */
interface Found extends SimpleCommand {
	readonly redirects: Redirect[];
}

/** Reads a text into a tree and hands it over; undefined when it cannot. */
export type WithTree = (text: string, use: (root: Node) => boolean) => boolean | undefined;

/** Collects what a tree would start, and what to say of it. */
export class Walk {
	readonly commands: Found[] = [];
	readonly notes = new Notes();
	readonly #withTree: WithTree;
	#texts = 0;
	#nodes = 0;

	constructor(withTree: WithTree) {
		this.#withTree = withTree;
	}

	/** @returns the last command that the node itself would start, to which a redirection after it belongs */
	visit(node: Node, nested: boolean, depth = 0): Found | undefined {
		if (depth > MAX_DEPTH) this.notes.add("deep");
		if (depth > MAX_DEPTH || this.#isFull(1)) return undefined;
		// A node's type and children are asked of the parser each time, which is what a walk costs.
		const { type } = node;
		if (isLeaf(type)) {
			if (type === "word" && GLOB.test(node.text)) this.notes.add("glob");
			else this.notes.ofNode(type);
			return undefined;
		}
		this.notes.ofNode(type);
		switch (type) {
			case "command":
			case "declaration_command":
			case "unset_command":
			case "test_command":
				return this.#command(node, type, nested, depth);
			case "variable_assignment":
				return this.#assignments([node], nested, depth);
			case "variable_assignments":
				return this.#assignments(node.children, nested, depth);
			case "redirected_statement":
				return this.#redirected(node, nested, depth);
			case "pipeline":
				return this.#pipeline(node, nested, depth);
			case "command_substitution":
			case "process_substitution":
			case "function_definition":
				this.#children(node, true, depth);
				return undefined;
			default: {
				const last = this.#children(node, nested, depth);
				return type === "list" || type === "negated_command" ? last : undefined;
			}
		}
	}

	/** One command that is nothing but these. */
	ofWords(words: readonly string[]): void {
		this.notes.ofCommand(this.#add([...words], [], false));
		this.#handOn(words, MAX_WRAPPERS);
	}

	#isFull(nodes: number): boolean {
		this.#nodes += nodes;
		if (this.#nodes <= MAX_NODES) return false;
		this.notes.add("long");
		return true;
	}

	#children(node: Node, nested: boolean, depth: number): Found | undefined {
		let last: Found | undefined;
		for (const child of node.children) if (child) last = this.visit(child, nested, depth + 1) ?? last;
		return last;
	}

	#add(words: (string | null)[], assigns: string[], nested: boolean): Found {
		const found = { words, assigns, redirects: [], nested };
		this.commands.push(found);
		return found;
	}

	#command(node: Node, type: string, nested: boolean, depth: number): Found {
		const { words, assigns, redirects, within } = partsOf(node, type);
		const found = this.#add(words, assigns, nested);
		this.notes.ofCommand(found);
		for (const redirect of redirects) this.#redirect(redirect, found);
		for (const child of within) this.visit(child, true, depth + 1);
		this.#handOn(words, MAX_WRAPPERS);
		return found;
	}

	#assignments(each: readonly (Node | null)[], nested: boolean, depth: number): Found {
		const names = each.flatMap((child) => (child ? [nameOf(child)] : []));
		const found = this.#add([], names, nested);
		this.notes.ofCommand(found);
		for (const child of each) if (child) this.#children(child, true, depth + 1);
		return found;
	}

	#redirected(node: Node, nested: boolean, depth: number): Found {
		const redirects: Node[] = [];
		let last: Found | undefined;
		for (const child of node.children) {
			if (!child) continue;
			if (isRedirect(child.type)) redirects.push(child);
			else last = this.visit(child, nested, depth + 1) ?? last;
		}
		const found = last ?? this.#add([], [], nested);
		for (const redirect of redirects) {
			if (this.#isFull(1)) break;
			const { type } = redirect;
			this.#redirect(redirect, found);
			this.notes.ofNode(type);
			// After a here-document's mark the rest of its line stands in it.
			const after = this.#children(redirect, type !== "heredoc_redirect" || nested, depth + 1);
			if (after) this.notes.add("heredocRest");
		}
		return found;
	}

	#pipeline(node: Node, nested: boolean, depth: number): Found | undefined {
		let last: Found | undefined;
		let isFirst = true;
		for (const child of node.children) {
			if (!child) continue;
			const from = this.commands.length;
			const found = this.visit(child, nested, depth + 1);
			if (found && !isFirst) this.notes.ofPiped(this.commands[from] ?? found);
			if (found) isFirst = false;
			last = found ?? last;
		}
		return last;
	}

	#redirect(node: Node, found: Found): void {
		if (this.#isFull(5)) return;
		const redirect = redirectOf(node);
		found.redirects.push(redirect);
		this.notes.ofRedirect(redirect);
	}

	/** What a command hands to another is read as if it stood there. */
	#handOn(words: readonly (string | null)[], wrappers: number): void {
		for (const handed of handedOn(words)) {
			if ("words" in handed) {
				if (handed.words.length === 0) continue;
				if (wrappers === 0) this.notes.add("deep");
				else {
					this.notes.ofCommand(this.#add([...handed.words], [], true));
					this.#handOn(handed.words, wrappers - 1);
				}
			} else if (handed.script === null) this.notes.add("unknownText");
			else this.#text(handed.script);
		}
	}

	#text(text: string): void {
		if (this.#texts === MAX_TEXTS) {
			this.notes.add("deep");
			return;
		}
		if (this.#isFull(10)) return;
		this.#texts++;
		const isWhole = this.#withTree(text, (root) => {
			this.visit(root, true);
			return !root.hasError;
		});
		if (!isWhole) this.notes.add("broken");
		this.#texts--;
	}
}

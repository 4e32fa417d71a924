import type { Node, Parser, Tree } from "@vscode/tree-sitter-wasm";
import type { ShellReading } from "../core/policy/shell.ts";
import { isReadable } from "./limits.ts";
import { maskedForPowershell, plainWords } from "./plainWords.ts";
import { timeLimit } from "./timeLimit.ts";
import { bashArgvs, powershellArgvs } from "./treeArgvs.ts";
import { Walk } from "./walk.ts";

/** @returns undefined when it is too long, takes too long, or nothing in it is understood */
export type ReadShell = (command: string) => ShellReading | undefined;

/** @param maxTime what takes longer to parse, with all texts in it, is for a person alone. Ms of work */
export function shellReader(bash: Parser, powershell: Parser, maxTime: number): ReadShell {
	return (command) => {
		if (!isReadable(command)) return undefined;
		const isLate = timeLimit(maxTime);
		const walk = new Walk((text, use) => withTree(bash, text, isLate, use));
		walk.notes.ofText(command);
		const reading = () => new Reading(walk, () => plainOf(command, bash, powershell, timeLimit(maxTime)));
		const [words, more] = plainWords(command) ?? [];
		// Most of what agents run. Such words are the same to every shell, and a parse would say nothing more.
		if (words && !more) {
			walk.ofWords(words);
			return reading();
		}
		const hasError = withTree(bash, command, isLate, (root) => {
			walk.visit(root, false);
			return root.hasError;
		});
		if (hasError === undefined || (hasError && walk.commands.length === 0)) return undefined;
		if (hasError) walk.notes.add("broken");
		return reading();
	};
}

/** Whether a command is plain takes two more parses, and only a rule that allows asks. */
class Reading implements ShellReading {
	readonly commands: ShellReading["commands"];
	readonly notes: readonly string[];
	readonly #findPlain: () => ShellReading["plain"];
	#plain: { readonly argvs: ShellReading["plain"] } | undefined;

	constructor({ commands, notes }: Walk, findPlain: () => ShellReading["plain"]) {
		this.commands = commands;
		this.notes = notes.sentences;
		this.#findPlain = findPlain;
	}

	get plain(): ShellReading["plain"] {
		this.#plain ??= { argvs: this.#found() };
		return this.#plain.argvs;
	}

	#found(): ShellReading["plain"] {
		try {
			return this.#findPlain();
		} catch {
			// What the parser fails over is not plain; the next command tells that it fails.
			return undefined;
		}
	}
}

/** Three readings that must agree: the characters', and two grammars'. */
function plainOf(text: string, bash: Parser, powershell: Parser, isLate: () => boolean): ShellReading["plain"] {
	const words = plainWords(text);
	if (!words) return undefined;
	const agrees = (parser: Parser, argvsOf: typeof bashArgvs, read: string) => {
		const expected = read === text ? words : plainWords(read);
		return withTree(parser, read, isLate, (root) => !root.hasError && isSame(argvsOf(root), expected)) ?? false;
	};
	const masked = maskedForPowershell(text);
	return agrees(bash, bashArgvs, text) && agrees(powershell, powershellArgvs, masked) ? words : undefined;
}

const isSame = (one: readonly (readonly string[])[] | undefined, other: readonly (readonly string[])[] | undefined) =>
	one !== undefined && JSON.stringify(one) === JSON.stringify(other);

/** Undefined when the time was up. The tree lies outside of what is collected, so it is given back here. */
function withTree<T>(parser: Parser, text: string, isLate: () => boolean, use: (root: Node) => T): T | undefined {
	let tree: Tree | null = null;
	try {
		tree = parser.parse(text, null, { progressCallback: isLate });
		if (tree) return use(tree.rootNode);
		parser.reset();
		return undefined;
	} finally {
		tree?.delete();
	}
}

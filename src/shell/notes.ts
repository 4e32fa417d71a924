import { isInterpreter, neverARule } from "../core/policy/programs.ts";
import type { Redirect, SimpleCommand } from "../core/policy/shell.ts";
import { isLasting } from "../core/policy/shellWords.ts";

/** What a person should look at, in sentences. */
const SENTENCES = {
	broken: "Its syntax is not understood to the end: it may start more than is listed.",
	deep: "It is nested deeper than it is listed.",
	long: "It is longer than what is listed: it may start more.",
	hidden: "It holds characters that are not drawn, or that look like others.",
	heredocRest: "Commands stand on the line of a here-document, after its mark.",
	glob: "Patterns in it (*, ?, [ ]) stand for the names of files.",
	substitution: "It substitutes the output of another command.",
	process: "It hands the output of another command over as a file.",
	variables: "It uses variables: what they hold is known only when it runs.",
	unknownText: "It gives a shell a text that is known only when it runs.",
	unknownProgram: "What one of its commands starts is known only when it runs.",
	function: "It defines a function, which can take the place of a program.",
	heredoc: "It feeds a text of its own to a command (<<).",
	comment: "It has a comment, which does not run.",
	branches: "It has loops or conditions: what of it runs is known only then.",
	background: "It leaves a command running in the background (&).",
	network: "It opens a connection (/dev/tcp or /dev/udp).",
} as const;
type Kind = keyof typeof SENTENCES;

const OF_NODE: ReadonlyMap<string, Kind> = new Map(
	Object.entries<Kind>({
		command_substitution: "substitution",
		process_substitution: "process",
		simple_expansion: "variables",
		expansion: "variables",
		function_definition: "function",
		heredoc_redirect: "heredoc",
		herestring_redirect: "heredoc",
		comment: "comment",
		if_statement: "branches",
		while_statement: "branches",
		for_statement: "branches",
		c_style_for_statement: "branches",
		case_statement: "branches",
		"&": "background",
	}),
);

export class Notes {
	readonly #sentences = new Set<string>();

	/** In the order in which they were found. */
	get sentences(): string[] {
		return [...this.#sentences];
	}

	add(kind: Kind): void {
		this.#sentences.add(SENTENCES[kind]);
	}

	ofText(text: string): void {
		if (/[^\x20-\x7e\n\t]/.test(text)) this.add("hidden");
	}

	ofNode(type: string): void {
		const kind = OF_NODE.get(type);
		if (kind) this.add(kind);
	}

	ofCommand({ words, assigns }: SimpleCommand): void {
		for (const name of assigns) this.#sentences.add(`It sets ${name}.`);
		const [program] = words;
		if (program === null) this.add("unknownProgram");
		if (!program) return;
		if (isLasting(program)) this.#sentences.add(`${program} changes what follows it.`);
		else if (isInterpreter(program)) this.#sentences.add(neverARule([program]) ?? "");
	}

	/** @param command one that does not stand first in a pipe */
	ofPiped({ words: [program] }: SimpleCommand): void {
		if (program && isInterpreter(program)) this.#sentences.add(`${program} may run what is piped into it.`);
	}

	ofRedirect({ op, target }: Redirect): void {
		if (target && /^\/dev\/(?:tcp|udp)\//.test(target)) this.add("network");
		if (!op.includes(">") || target === "/dev/null" || (op.endsWith("&") && /^[\d-]+$/.test(target ?? ""))) return;
		const where = target ?? "a file that is known only when it runs";
		this.#sentences.add(`It writes to ${where} (${op}).`);
	}
}

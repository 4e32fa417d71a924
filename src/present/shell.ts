import type { Redirect, ShellReading, SimpleCommand } from "../core/policy/shell.ts";
import { isKeyword, isLasting } from "../core/policy/shellWords.ts";
import { escapeLine } from "./escape.ts";

/**
 * What a command would start, one line each, with the file that it is, what it writes, and what to look at. What is ours
 * in a line stands in ‹ ›: a word that holds such a mark is quoted.
 * @param resolve the executable that a name stands for, if there is one
 */
export function describeShell(reading: ShellReading, resolve: (name: string) => string | undefined): string[] {
	return [
		...reading.commands.flatMap((command) => {
			const indent = command.nested ? "    " : "";
			return linesOf(command, resolve).map((line) => `${indent}${line}`);
		}),
		...reading.notes.map(escapeLine),
	];
}

function linesOf(
	{ words, assigns, redirects }: SimpleCommand,
	resolve: (name: string) => string | undefined,
): string[] {
	const settings = assigns.length > 0 ? [`‹sets ${assigns.map(escapeLine).join(", ")}›`] : [];
	const line = [...settings, ...words.map(wordText)].join(" ");
	const [program] = words;
	const found = program ? ` ${foundText(program, resolve)}` : "";
	return [...(line ? [`${line}${found}`] : []), ...redirects.map((redirect) => `  ${redirectText(redirect)}`)];
}

const PLAIN = /^[A-Za-z0-9_./:=+@,%-]+$/;

/** A word that could be taken for more than one is quoted. */
const wordText = (word: string | null) =>
	word === null ? "‹known only when it runs›" : PLAIN.test(word) ? word : escapeLine(JSON.stringify(word));

function foundText(program: string, resolve: (name: string) => string | undefined): string {
	if (isLasting(program) || isKeyword(program)) return "‹the shell’s own›";
	const path = resolve(program);
	return path === undefined ? "‹not found on the gate’s PATH›" : `‹${escapeLine(path)}›`;
}

function redirectText({ op, target }: Redirect): string {
	const where = wordText(target);
	if (op.includes("<<<")) return "reads a text of the command";
	if (op.includes("<<")) return `reads the text up to ${where}`;
	if (op.endsWith("&") && /^(?:\d+|-)$/.test(target ?? "")) return `joins ${op}${target}`;
	if (op.includes(">>")) return `appends to ${where}`;
	return op.includes(">") ? `writes ${where}` : `reads ${where}`;
}

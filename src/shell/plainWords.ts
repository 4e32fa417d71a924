import { isKeyword, isLasting } from "../core/policy/shellWords.ts";

/** More than this many commands in a row nobody reads, nor a longer text. */
const MAX_PARTS = 50;
const MAX_PLAIN = 4096;

/**
 * A blank, an operator or a word. A bare word has no character that bash, sh, zsh or PowerShell reads as anything but
 * itself: no comma (PowerShell makes a list of it), no tilde, backslash, `!`, `#`. Between quotes also not what the quotes
 * do not hide from one of them, nor what cmd.exe would read again when PowerShell starts a .cmd file.
 */
const TOKEN =
	/ +|(?<operator>&&|\|\||[;|])|(?:(?<bare>[A-Za-z0-9_./:=+@%-]+)|"(?<double>[A-Za-z0-9_./:=+@%,~*?#(){}[\] -]+)"|'(?<single>[A-Za-z0-9_./:=+@%,~*?#(){}[\] -]+)')(?=[ ;&|]|$)/gy;

/** A first word that is no number, assignment, job, splat, `.` or label to any of the shells. */
const PROGRAM = /^(?:[A-Za-z_]|\.{0,2}\/)[A-Za-z0-9_./+-]*$/;

/**
 * What one of the shells does not take for a plain word although its characters are: `=program` (zsh), `@splat`, `--` and
 * `--%`, and `-a.b` and `-a:b`, which are two words to some (PowerShell).
 */
const SPECIAL = /^(?:[@=]|--$|--%|-[^-].*[.:])/;

/** The argv of each command of a text that has nothing but plain words and operators, by its characters alone. */
export function plainWords(text: string): string[][] | undefined {
	if (text.length > MAX_PLAIN) return undefined;
	const parts: string[][] = [[]];
	let read = 0;
	for (const { 0: token, groups = {} } of text.matchAll(TOKEN)) {
		read += token.length;
		if (groups.operator !== undefined) parts.push([]);
		else if (token.trim() !== "" && !take(parts.at(-1) ?? [], groups)) return undefined;
	}
	const isWhole = read === text.length && parts.every((part) => part.length > 0);
	return isWhole && parts.length <= MAX_PARTS ? parts : undefined;
}

/** Adds a word to its command, if every shell takes it for itself where it stands. */
function take(part: string[], { bare, double, single }: Readonly<Record<string, string | undefined>>): boolean {
	const isFirst = part.length === 0;
	if (bare === undefined ? isFirst : isFirst ? !isProgram(bare) : SPECIAL.test(bare)) return false;
	part.push(bare ?? double ?? single ?? "");
	return true;
}

const isProgram = (word: string) => PROGRAM.test(word) && !isKeyword(word) && !isLasting(word);

/**
 * The same text with letters in the place of words that PowerShell hands on as they are and its grammar cannot read:
 * `-j4`, `--format=%h`. Where they begin and end, and all else, stays.
 */
export function maskedForPowershell(text: string): string {
	return text.replace(TOKEN, (token, ...found) => {
		const { bare = "" } = found.at(-1) as Readonly<Record<string, string | undefined>>;
		return /^-./.test(bare) ? `-${"x".repeat(bare.length - 1)}` : token;
	});
}

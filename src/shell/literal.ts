import type { Node } from "@vscode/tree-sitter-wasm";

/** Unescaped, they stand for file names, so that a word with one is known only when it runs. */
export const GLOB = /(?<!\\)(?:\\\\)*[*?[]/;

const LEAVES = new Set([
	...["word", "number", "raw_string", "ansi_c_string", "string_content", "variable_name", "special_variable_name"],
	...["file_descriptor", "test_operator", "heredoc_start", "heredoc_end", "heredoc_content", "comment", "regex"],
]);

/** Whether nothing can stand in a node of this type: these, and what the grammar has no name for. */
export const isLeaf = (type: string): boolean => LEAVES.has(type) || isSign(type);

const isSign = (type: string) => !/^[A-Za-z]/.test(type);

/** The value of a word as bash would pass it; null where only running it tells. @param type the node's */
export function literalOf(node: Node, type: string): string | null {
	switch (type) {
		case "word":
			return isExpanded(node.text) ? null : unescaped(node.text);
		case "raw_string":
			return node.text.slice(1, -1);
		case "ansi_c_string":
			return decodeAnsiC(node.text.slice(2, -1));
		case "string":
			return node.children.every((child) => isQuoted(child?.type)) ? unescapeQuoted(node.text.slice(1, -1)) : null;
		case "command_name":
		case "concatenation":
			return joined(node);
		case "number":
			// `16#$x` is a number to the grammar.
			return node.childCount === 0 ? node.text : null;
		case "test_operator":
		case "variable_name":
			return node.text;
		default:
			return isSign(type) || !node.isNamed ? node.text : null;
	}
}

const isQuoted = (type: string | undefined) => type === "string_content" || type === '"';

/** A word of more pieces than this is put together to be misread. */
const MAX_PIECES = 1000;

function joined(node: Node): string | null {
	const { children } = node;
	const [only] = children;
	if (children.length === 1 && only) return literalOf(only, only.type);
	if (children.length > MAX_PIECES) return null;
	const types = children.map((child) => child?.type ?? "");
	const hasBraces = children.some((child, at) => types[at] === "word" && child?.text.includes("{"));
	if (hasBraces && hasList(node.text)) return null;
	const values = children.map((child, at) => child && literalOf(child, types[at] ?? ""));
	return values.includes(null) ? null : values.join("");
}

const isExpanded = (word: string) => word.startsWith("~") || GLOB.test(word);

/** `{a,b}` or `{1..9}`, seen broadly. */
function hasList(word: string): boolean {
	const within = word.slice(word.indexOf("{") + 1, word.lastIndexOf("}"));
	return word.includes("{") && /,|\.\./.test(within);
}

const unescaped = (word: string) =>
	word.includes("\\") ? word.replace(/\\\r?\n/g, "").replace(/\\(.)/gsu, "$1") : word;

/** Between double quotes a backslash hides only what would mean something there. */
const unescapeQuoted = (text: string) => text.replace(/\\\n/g, "").replace(/\\([$`"\\])/g, "$1");

const LETTERS: Readonly<Record<string, string>> = {
	...{ a: "\x07", b: "\b", e: "\x1b", E: "\x1b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" },
};

/** `$'…'`. Null where it spells single bytes, which may be no text. */
function decodeAnsiC(text: string): string | null {
	let isText = true;
	const code = (digits: string, radix: number, isByte: boolean) => {
		const value = Number.parseInt(digits, radix);
		if (value > 0x10ffff || value === 0 || (isByte && value > 0x7f)) isText = false;
		return isText ? String.fromCodePoint(value) : "";
	};
	const decoded = text.replace(
		/\\(?:x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|([0-7]{1,3})|c(.)|(.))/gs,
		(_, hex?: string, short?: string, long?: string, octal?: string, control?: string, other = "") => {
			if (hex) return code(hex, 16, true);
			if (short ?? long) return code(short ?? long ?? "", 16, false);
			if (octal) return code(octal, 8, true);
			if (control) return String.fromCharCode(control.charCodeAt(0) & 0x1f);
			return LETTERS[other] ?? other;
		},
	);
	return isText ? decoded : null;
}

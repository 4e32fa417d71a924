import type { Node } from "@vscode/tree-sitter-wasm";

/**
 * The argv lists of a tree that holds plain words and operators, by what a grammar makes of the text; undefined when it
 * has anything else. Only compared with what the characters say: two readings that agree.
 */
type Argvs = string[][] | undefined;

/** What may stand around commands, by grammar. */
const BASH_FRAME = new Set(["program", "list", "pipeline"]);
const POWERSHELL_FRAME = new Set(["program", "statement_list", "pipeline", "pipeline_chain", "pipeline_chain_tail"]);
const OPERATORS = new Set(["&&", "||", ";", "|", "empty_statement"]);

export const bashArgvs = (root: Node): Argvs => argvs(root, BASH_FRAME, bashArgv);
export const powershellArgvs = (root: Node): Argvs => argvs(root, POWERSHELL_FRAME, powershellArgv);

function argvs(node: Node, frame: ReadonlySet<string>, argvOf: (command: Node) => string[] | undefined): Argvs {
	if (node.isError || node.isMissing) return undefined;
	if (OPERATORS.has(node.type)) return [];
	if (node.type === "command") return wrap(argvOf(node));
	if (!frame.has(node.type)) return undefined;
	return all(node.children.map((child) => child && argvs(child, frame, argvOf)))?.flat();
}

const wrap = (argv: string[] | undefined): Argvs => argv && [argv];

const all = <T>(items: readonly (T | null | undefined)[]): T[] | undefined => {
	const found = items.filter((item) => item !== null && item !== undefined);
	return found.length === items.length ? found : undefined;
};

const bashArgv = (command: Node) => all(command.children.map((child) => child && bashWord(child)));

function bashWord(node: Node): string | undefined {
	const [only, ...others] = node.children;
	switch (node.type) {
		case "command_name":
			return only && others.length === 0 ? bashWord(only) : undefined;
		case "word":
		case "number":
			return only ? undefined : node.text;
		case "raw_string":
			return node.text.slice(1, -1);
		case "string":
			return node.namedChildren.every((child) => child?.type === "string_content") ? node.text.slice(1, -1) : undefined;
		default:
			return undefined;
	}
}

function powershellArgv(command: Node): string[] | undefined {
	const [name, elements, ...others] = command.namedChildren;
	if (name?.type !== "command_name" || others.length > 0) return undefined;
	if (elements && elements.type !== "command_elements") return undefined;
	const words = elements?.namedChildren.filter((child) => child?.type !== "command_argument_sep") ?? [];
	return all([name.text, ...words.map((word) => word && powershellWord(word))]);
}

function powershellWord(node: Node): string | undefined {
	switch (node.type) {
		case "generic_token":
		case "command_parameter":
		case "decimal_integer_literal":
		case "real_literal":
			return node.text;
		case "verbatim_string_characters":
		case "expandable_string_literal":
			return node.namedChildCount === 0 ? node.text.slice(1, -1) : undefined;
		case "array_literal_expression":
		case "unary_expression":
		case "integer_literal":
		case "string_literal": {
			const [only, ...others] = node.children;
			return only && others.length === 0 ? powershellWord(only) : undefined;
		}
		default:
			return undefined;
	}
}

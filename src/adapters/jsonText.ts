import { type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import type { Json } from "../base/canonicalJson.ts";
import { Problem } from "../protocol/problem.ts";

/**
 * Changes to an agent's configuration that leave every other byte where it is, comments and layout too; `removed` takes
 * `inserted` back to the byte. (jsonc-parser's own `modify` lays out anew what is near, and loses comments there.)
 */

/** @throws Problem naming the line, when it is no JSON or no object */
export function parseObject(text: string, { comments }: { comments: boolean }): Node {
	const errors: ParseError[] = [];
	const root = parseTree(text, errors, { allowTrailingComma: false, disallowComments: !comments });
	const [error] = errors;
	if (error) {
		const what = printParseErrorCode(error.error);
		throw fault(text, error.offset, what === "InvalidCommentToken" ? "holds a comment" : `is not JSON (${what})`);
	}
	if (root?.type !== "object") throw fault(text, root?.offset ?? 0, "is not a JSON object");
	return root;
}

/** What is wrong there, for the one who will mend it. */
export function fault(text: string, offset: number, what: string): Problem {
	return new Problem("bad_request", `line ${text.slice(0, offset).split("\n").length} ${what}`);
}

/** The value of a key. @throws Problem when the object names it twice: readers differ in which one they take */
export function member(text: string, object: Node, name: string): Node | undefined {
	const [first, second] = (object.children ?? []).filter((property) => property.children?.[0]?.value === name);
	if (second) throw fault(text, second.offset, `names ${JSON.stringify(name)} a second time`);
	return first?.children?.[1];
}

/** Adds a last element to a list, or with `name` a last member to an object. */
export function inserted(text: string, container: Node, value: Json, name?: string): string {
	const inside = text.slice(container.offset + 1, endOf(container) - 1);
	const at = container.offset + 1 + withoutTrailingSpace(inside).length;
	const last = container.children?.at(-1);
	const label = name === undefined ? "" : `${JSON.stringify(name)}: `;
	let piece = `${last ? " " : ""}${label}${JSON.stringify(value)}`;
	if (inside.includes("\n")) {
		const lineBreak = `${text.includes("\r\n") ? "\r\n" : "\n"}${indentIn(text, container)}`;
		piece = `\n${label}${JSON.stringify(value, null, unitOf(text))}`.replaceAll("\n", lineBreak);
	}
	const comma = last ? endOf(last) : at;
	return text.slice(0, comma) + (last ? "," : "") + text.slice(comma, at) + piece + text.slice(at);
}

/** Takes out a list's element or an object's member (the node of the pair). */
export function removed(text: string, node: Node): string {
	const siblings = node.parent?.children ?? [];
	const index = siblings.indexOf(node);
	const before = siblings[index - 1];
	const start = withoutTrailingSpace(text.slice(0, node.offset)).length;
	const end = endOf(node);
	if (before) {
		const { comma, hasLineComment } = trivia(text, endOf(before), node.offset);
		const rest = text.slice(end);
		// What follows must not become part of the comment.
		const lineBreak = hasLineComment && !/^[ \t]*\r?\n/.test(rest) ? "\n" : "";
		return text.slice(0, comma) + text.slice(comma + 1, start) + lineBreak + rest;
	}
	const after = siblings[index + 1];
	if (!after) return text.slice(0, start) + text.slice(end);
	const { comma } = trivia(text, end, after.offset);
	return text.slice(0, start) + text.slice(end, comma) + text.slice(comma + 1);
}

/** Whether nothing else is in its list or object, not even a comment. */
export function isAlone(text: string, node: Node): boolean {
	const { parent } = node;
	if (!parent) return false;
	const around = text.slice(parent.offset + 1, node.offset) + text.slice(endOf(node), endOf(parent) - 1);
	return around.trim() === "";
}

const endOf = (node: Node) => node.offset + node.length;
const withoutTrailingSpace = (text: string) => text.replace(/[ \t\r\n]+$/, "");

/** Where the comma is between two members. */
function trivia(text: string, from: number, to: number): { comma: number; hasLineComment: boolean } {
	const parts = [...text.slice(from, to).matchAll(/\/\/[^\r\n]*|\/\*[\s\S]*?\*\/|,/g)];
	const comma = parts.find(([part]) => part === ",")?.index ?? 0;
	return { comma: from + comma, hasLineComment: parts.some(([part]) => part.startsWith("//")) };
}

/** One level, as the file has it. */
const unitOf = (text: string) => /^[ \t]+/m.exec(text)?.[0] ?? "  ";

/** As the last one in the container; in an empty one, one level deeper than its end. */
function indentIn(text: string, container: Node): string {
	const last = container.children?.at(-1);
	const beside = last && lineIndent(text, last.offset);
	return beside ?? `${lineIndent(text, endOf(container) - 1) ?? ""}${unitOf(text)}`;
}

/** Undefined when something else stands before it on its line. */
function lineIndent(text: string, offset: number): string | undefined {
	const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
	return /^[ \t]*$/.test(line) ? line : undefined;
}

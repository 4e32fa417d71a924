import type { Request } from "../core/request.ts";
import type { Action, Edit } from "../protocol/action.ts";
import { escapeLine, escapeText } from "./escape.ts";
import { spellDiff } from "./spell.ts";

type AnyChange = Extract<Action, { tool: "changes" }>["changes"][number];
export type ChangeOf<Tool extends AnyChange["tool"]> = Extract<AnyChange, { tool: Tool }>;

/** A change with the path that it really leads to. */
export interface Placed<Change extends AnyChange = AnyChange> {
	readonly change: Change;
	readonly path: string;
	/** Where the file is afterwards: elsewhere only after a rename. */
	readonly to: string;
	/** Nothing was there when it was asked for. */
	readonly isNew: boolean;
}

/** The changes of a request in the agent's order; of what is no `changes`, none. */
export function changesOf({ action, plan }: Request): Placed[] {
	if (action.tool !== "changes") return [];
	const paths = plan.paths.values();
	const next = (given: string) => paths.next().value ?? { canonical: given, kind: "file" };
	return action.changes.map((change) => {
		const { canonical: path, kind } = next(change.tool === "file_rename" ? change.from : change.path);
		const to = change.tool === "file_rename" ? next(change.to).canonical : path;
		return { change, path, to, isNew: kind === "missing" };
	});
}

/**
 * The changes as the agent wrote them, compared with nothing: what is looked for is marked with -, what comes in its
 * place with +. Every line of a content has a mark, so that none can pass for a heading.
 */
export function changesText(request: Request): string {
	return numbered(
		changesOf(request).map((placed) => {
			const { base } = placed.change;
			const known = base === null ? "as not there" : `as sha256 ${base}`;
			const lines = [...(base === undefined ? [] : [`The agent knew it ${known}.`]), ...writtenLines(placed.change)];
			return { heading: headingOf(placed, request.plan.cwd), lines };
		}),
	);
}

/** One change: `lines` is a diff, and sentences of ours. */
export interface Part {
	readonly heading: string;
	readonly lines: readonly string[];
}

export function numbered(parts: readonly Part[]): string {
	const texts = parts.map(({ heading, lines }, at) => {
		return [`${at + 1} of ${parts.length}: ${heading}`, ...spellDiff(lines)].join("\n");
	});
	return texts.join("\n\n");
}

/** Raw, for what has to be counted. Without blank lines: where there are many of them, their number stands there. */
export function drawnLines({ changes }: Extract<Action, { tool: "changes" }>): string[] {
	const texts = changes.flatMap((change) => {
		if (change.tool === "file_rename") return [change.from, change.to];
		if (change.tool === "file_delete") return [change.path];
		const { path, content, edits = [] } = change;
		return [path, typeof content === "string" ? content : "", ...edits.flatMap((edit) => [edit.old, edit.new])];
	});
	return texts.flatMap((text) => text.split("\n")).filter((line) => line.trim() !== "");
}

/** `edit src/a.ts` */
export function headingOf({ change, path, to, isNew }: Placed, cwd: string): string {
	const name = nameIn(path, cwd);
	if (change.tool === "file_rename") return `rename ${name} to ${nameIn(to, cwd)}`;
	if (change.tool === "file_delete") return `delete ${name}${change.recursive ? " with everything in it" : ""}`;
	return `${isNew && change.content !== undefined ? "create" : "edit"} ${name}`;
}

/** From the folder that the request starts in, if it is inside. As it is, with whatever hides in it. */
export function pathIn(path: string, cwd: string): string {
	const folder = cwd.endsWith("/") ? cwd : `${cwd}/`;
	return path.startsWith(folder) && path !== folder ? path.slice(folder.length) : path;
}

/** The same for a sentence: in quotes where one could not see where it ends. */
export function nameIn(path: string, cwd: string): string {
	const name = pathIn(path, cwd);
	return escapeLine(/[\s"]/.test(name) ? JSON.stringify(name) : name);
}

/** What a change says by itself, all of it. */
export function writtenLines(change: AnyChange): string[] {
	if (change.tool !== "file_write") return [];
	const { content, edits = [] } = change;
	if (content === undefined) return edits.flatMap((edit, at) => editLines(edit, at + 1));
	if (typeof content === "string") return contentLines(content);
	if ("blob" in content) return [`The content is kept apart: sha256 ${content.blob}`];
	return ["The content, as base64:", ...marked(content.base64, "+")];
}

function editLines({ old, new: to, all }: Edit, number: number): string[] {
	const isWhole = old.endsWith("\n") && (to === "" || to.endsWith("\n"));
	const place = all ? "wherever it stands" : "where it stands once";
	const lines = (text: string, mark: string) => (text === "" ? [] : marked(isWhole ? text.slice(0, -1) : text, mark));
	const head = `@@ edit ${number}: ${isWhole ? "whole lines" : "a piece of text"}, ${place} @@`;
	return [head, ...lines(old, "-"), ...lines(to, "+")];
}

function contentLines(content: string): string[] {
	if (content === "") return ["It is empty."];
	return content.endsWith("\n") ? marked(content.slice(0, -1), "+") : [...marked(content, "+"), NO_END];
}

const NO_END = "\\ No newline at end of file";

const marked = (text: string, mark: string) =>
	escapeText(text)
		.split("\n")
		.map((line) => mark + line);

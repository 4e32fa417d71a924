import type { Action } from "../protocol/action.ts";
import { Problem } from "../protocol/problem.ts";

type Change = Extract<Action, { tool: "changes" }>["changes"][number];

/**
 * A patch of the `apply_patch` tool as file changes. It is read as Codex reads it, in the same order and by the same
 * marks; what Codex forgives and we do not understand is refused, so that nothing is written that was not shown.
 * @throws Problem naming the line, for the model to write it better
 */
export function patchAction(text: string, cwd: string): Action {
	const lines = text.trim().split(/\r?\n/);
	if (lines[0]?.trim() !== "*** Begin Patch") throw fault(1, "is not *** Begin Patch");
	if (lines.at(-1)?.trim() !== "*** End Patch") throw fault(lines.length, "is not *** End Patch");
	const changes: Change[] = [];
	for (let at = 1; at < lines.length - 1; ) {
		const file = readFile(lines.slice(0, -1), at);
		changes.push(...file.changes);
		at = file.next;
	}
	const [first, second] = changes;
	if (!first) throw fault(2, "changes no file");
	return second ? { tool: "changes", changes, cwd } : { ...first, cwd };
}

const HEADER = /^\*\*\* (Add|Delete|Update) File: (.+)$/;

/** One file's part. `next`: the line behind it. */
function readFile(lines: readonly string[], at: number): { changes: Change[]; next: number } {
	const [, verb, path = ""] = HEADER.exec(lines[at]?.trim() ?? "") ?? [];
	if (verb === "Delete") return { changes: [{ tool: "file_delete", path }], next: at + 1 };
	if (verb === "Add") {
		const end = endOf(lines, at + 1, (line) => line.startsWith("+"));
		const content = lines.slice(at + 1, end).map((line) => `${line.slice(1)}\n`);
		return { changes: [{ tool: "file_write", path, content: content.join("") }], next: end };
	}
	if (verb !== "Update") throw fault(at + 1, "is not understood");
	const to = /^\*\*\* Move to: (.+)$/.exec(lines[at + 1] ?? "")?.[1];
	const { edits, next } = readEdits(lines, at + (to === undefined ? 1 : 2));
	if (to === undefined) return { changes: [{ tool: "file_write", path, edits }], next };
	return {
		changes: [
			{ tool: "file_rename", from: path, to },
			{ tool: "file_write", path: to, edits },
		],
		next,
	};
}

type Edits = { old: string; new: string }[];

function readEdits(lines: readonly string[], start: number): { edits: Edits; next: number } {
	const edits: Edits = [];
	let at = start;
	while (at < lines.length) {
		const line = lines[at] ?? "";
		if (line.trim() === "") {
			at += 1;
			continue;
		}
		if (line.startsWith("***")) break;
		const hasMark = line === "@@" || line.startsWith("@@ ");
		if (!hasMark && edits.length > 0) throw fault(at + 1, "does not begin with @@");
		const from = hasMark ? at + 1 : at;
		const end = endOf(lines, from, (body) => body === "" || /^[ +-]/.test(body));
		edits.push(toEdit(lines.slice(from, end), from));
		at = lines[end]?.trim() === "*** End of File" ? end + 1 : end;
	}
	if (edits.length === 0) throw fault(start + 1, "changes nothing in its file");
	return { edits, next: at };
}

/** Whole lines, so that what is found is a line and not a part of one. */
function toEdit(body: readonly string[], at: number): Edits[number] {
	const part = (marks: string) =>
		body
			.filter((line) => line === "" || marks.includes(line.charAt(0)))
			.map((line) => `${line.slice(1)}\n`)
			.join("");
	const edit = { old: part(" -"), new: part(" +") };
	if (edit.old === "") {
		throw fault(at + 1, "adds lines without a line of the file beside them, so nobody can see where. Repeat one");
	}
	return edit;
}

function endOf(lines: readonly string[], start: number, isInside: (line: string) => boolean): number {
	let at = start;
	while (at < lines.length && isInside(lines[at] ?? "")) at += 1;
	return at;
}

const fault = (line: number, what: string) =>
	new Problem("bad_request", `Countersign cannot read this patch: line ${line} ${what}. Nothing was changed.`);

import { basename } from "node:path";
import { isHeld, type Request } from "../../../core/request.ts";
import { isRevertible } from "../../../core/revert.ts";
import { escapeLine } from "../../../present/escape.ts";
import { CANNED_REASONS } from "../../../present/reasons.ts";
import { clip, type Line, line, type Span } from "./line.ts";
import { placeText, rowsOf } from "./pageRows.ts";
import { queueRows, whatOf } from "./queueRows.ts";
import { type Asking, bodyRows, find, type State } from "./state.ts";
import { widthOf } from "./width.ts";

/** Every row of the screen, none wider than it and no more of them. `now`: wall time, ms. */
export function draw(state: State, now: number): Line[] {
	const { columns, rows } = state.size;
	const body = bodyOf(state, now);
	const filled = [...body, ...Array<Line>(Math.max(0, bodyRows(state.size) - body.length)).fill([])];
	const rule = line("─".repeat(columns), "dim");
	const all = [headOf(state), rule, ...filled, noteOf(state), hintsOf(state)];
	return all.slice(0, rows).map((spans) => clip(spans, columns));
}

function bodyOf(state: State, now: number): readonly Line[] {
	const { view, size, asking } = state;
	const height = bodyRows(size);
	const below = asking ? questionOf(state, asking).slice(0, height) : [];
	const rows = view.kind === "queue" ? queueRows(state, now) : pageOf(state, height);
	const above = rows.slice(0, height - below.length);
	const gap = Array<Line>(height - below.length - above.length).fill([]);
	return below.length > 0 ? [...above, ...gap, ...below] : above;
}

function pageOf({ view, size }: State, height: number): readonly Line[] {
	if (view.kind === "queue") return [];
	if (!view.page) return [line(" Reading…", "dim")];
	return rowsOf(view.page, size.columns).slice(view.top, view.top + height);
}

function headOf(state: State): Line {
	const { view, waiting, size, workspace } = state;
	const shown = view.kind === "request" ? find(state, view.id) : undefined;
	const left: Span[] = [{ text: " Countersign", style: "bold" }];
	if (shown) left.push({ text: `  #${shown.seq} ${whatOf(shown, workspace)}` });
	else left.push({ text: `  ${view.kind === "sheet" ? view.title : escapeLine(basename(workspace))}` });
	const high = waiting.filter(({ plan }) => plan.tier === "high" || plan.tier === "protected").length;
	const count =
		waiting.length === 0 ? "nothing waits" : `${waiting.length} waiting${high > 0 ? `, ${high} grave` : ""}`;
	const style = high > 0 ? "grave" : "plain";
	return between(left, { text: `${count} `, style }, size.columns);
}

/** The right one is whole, the left one gets what is left. */
function between(left: readonly Span[], right: Span, columns: number): Line {
	const room = columns - widthOf(right.text) - 1;
	const shown = clip(left, Math.max(0, room));
	const gap = columns - widthOf(right.text) - shown.reduce((sum, { text }) => sum + widthOf(text), 0);
	return [...shown, { text: " ".repeat(Math.max(1, gap)) }, right];
}

/** What is asked of the person, above the foot. */
function questionOf(state: State, asking: Asking): Line[] {
	const request = find(state, asking.id);
	if (!request) return [];
	const what = `#${request.seq} ${whatOf(request, state.workspace)}`;
	const rule = line("─".repeat(state.size.columns), "dim");
	const written = writtenOf(asking, state.size.columns);
	if (asking.kind === "approve") {
		const type = asking.word === "yes" ? "Type yes" : `This is high. Type its number, ${asking.word},`;
		return [rule, line(` Approve ${what}`, "bold"), line(` ${type} and press Enter. Esc: not now.`), written];
	}
	const canned = bodyRows(state.size) >= CANNED_REASONS.length + 6;
	const usual = canned ? CANNED_REASONS.map((reason, at) => line(` ${at + 1}  ${reason}`, "dim")) : [];
	const how = canned ? " Why not? Write it, or a number; Enter denies." : " Why not? Enter denies, Esc: not now.";
	return [rule, line(` Deny ${what}`, "bold"), ...usual, line(how), written];
}

/** The end of it where it is longer than the screen; the mark shows where one writes. */
function writtenOf({ written }: Pick<Asking, "written">, columns: number): Line {
	const points = [...written.text];
	let before = points.slice(0, written.at).map(escapeLine).join("");
	while (before !== "" && widthOf(before) > columns - 6) before = [...before].slice(1).join("");
	const at = points[written.at];
	const after = points
		.slice(written.at + 1)
		.map(escapeLine)
		.join("");
	return [
		{ text: " > ", style: "bold" },
		{ text: before },
		{ text: at === undefined ? " " : escapeLine(at), style: "selected" },
		{ text: after },
	];
}

function noteOf(state: State): Line {
	const { note, view, size } = state;
	if (view.kind === "sheet" && view.command && !note) return writtenOf({ written: view.command }, size.columns);
	const place = view.kind !== "queue" && view.page ? placeText(view, view.page, size) : "";
	return between(
		[{ text: ` ${note?.text ?? ""}`, style: note?.style ?? "plain" }],
		{ text: `${place} `, style: "dim" },
		size.columns,
	);
}

/** What can be pressed now, the most telling first: as much of it as there is room for. */
function hintsOf(state: State): Line {
	const spans: Span[] = [{ text: " " }];
	let width = 1;
	for (const [key, does] of hintsFor(state)) {
		const length = widthOf(key) + widthOf(does) + 3;
		if (width + length > state.size.columns) break;
		width += length;
		spans.push({ text: key, style: "bold" }, { text: ` ${does}  `, style: "dim" });
	}
	return spans;
}

type Hint = readonly [key: string, does: string];

function hintsFor(state: State): Hint[] {
	const { view, asking } = state;
	if (asking)
		return [
			["Enter", asking.kind],
			["Esc", "not now"],
		];
	if (view.kind === "sheet" && view.command)
		return [
			["Esc", "back"],
			["↑↓", "scroll"],
			["adopt SHA", ""],
			["vouch", ""],
			["pause", ""],
			["resume", ""],
		];
	if (view.kind === "sheet")
		return [
			["Esc", "back"],
			["↑↓ PgDn", "scroll"],
		];
	const request = find(state, view.kind === "request" ? view.id : state.selected);
	const [decide, undo] = request ? offersFor(request) : [[], []];
	const more: Hint[] = [
		["?", "help"],
		["p", "policy"],
	];
	if (view.kind === "request") return [...decide, ...undo, ["PgDn", "down"], ["Esc", "back"], ...more];
	const read: Hint[] = request ? [["Enter", "read"]] : [];
	const messages: Hint[] = state.messages.length > 0 ? [["m", `${state.messages.length} messages`]] : [];
	return [
		...read,
		...decide.filter(([key]) => key !== "a"),
		...undo,
		["?", "help"],
		["q", "leave"],
		["p", "policy"],
		...messages,
	];
}

function offersFor(request: Request): [Hint[], Hint[]] {
	const decide: Hint[] =
		request.status === "waiting"
			? [
					["a", "approve"],
					["n", "deny"],
				]
			: isHeld(request)
				? [["a", "do it"]]
				: [];
	return [decide, isRevertible(request) ? [["r", "put back"]] : []];
}

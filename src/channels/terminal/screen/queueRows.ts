import { isInside } from "../../../core/policy/evaluate.ts";
import { factsOf, isHeld, type Request } from "../../../core/request.ts";
import { targetText } from "../../../present/describe.ts";
import { escapeLine } from "../../../present/escape.ts";
import { agentOf, ageText, verbOf } from "../../../present/words.ts";
import { type Line, line, type Span, type Style } from "./line.ts";
import { bodyRows, type State } from "./state.ts";
import { cut, fitted, widthOf } from "./width.ts";

/** Narrower than this there is no room for who asks. Columns. */
const NARROW = 64;
const AGENT = 14;

/** The list as rows, and which of them the mark is on. `now`: wall time, ms. */
function listOf(state: State, now: number): { rows: Line[]; marked: number } {
	const rows: Line[] = [];
	let marked = 0;
	const add = (request: Request, fate: Span) => {
		const isMarked = request.id === state.selected;
		if (isMarked) marked = rows.length;
		rows.push(rowOf(state, request, fate, isMarked, now));
	};
	if (state.waiting.length === 0)
		rows.push(line(" Nothing waits. A request of an agent appears here by itself.", "dim"));
	for (const request of state.waiting) add(request, tierOf(request));
	if (state.decided.length > 0) rows.push(line(""), line(" Decided", "dim"));
	for (const request of state.decided) add(request, fateOf(request));
	return { rows, marked };
}

/** The first row on the screen: moved no further than the mark needs. */
export function firstRow(state: State): number {
	const { rows, marked } = listOf(state, 0);
	const height = bodyRows(state.size);
	const most = Math.max(0, rows.length - height);
	const first = Math.min(Math.max(state.first, marked - height + 1), marked);
	return Math.min(first <= 1 ? Math.min(first, marked <= 1 ? 0 : first) : first, most);
}

export const queueRows = (state: State, now: number): Line[] =>
	listOf(state, now).rows.slice(state.first, state.first + bodyRows(state.size));

function rowOf(state: State, request: Request, fate: Span, isMarked: boolean, now: number): Line {
	const { columns } = state.size;
	const seqs = [...state.waiting, ...state.decided].map(({ seq }) => String(seq).length);
	const seq = `#${request.seq}`.padStart(Math.max(...seqs) + 1);
	const age = ageText(now - (request.decidedAt ?? request.requestedAt)).padStart(5);
	const who = columns < NARROW ? "" : `${fitted(agentOf(request), AGENT)} `;
	const head = `${isMarked ? "▸ " : "  "}${seq}${age}  `;
	const spans: Span[] = [{ text: head }, { text: `${fitted(fate.text, 9)} `, style: fate.style ?? "plain" }];
	const left = columns - widthOf(head) - 10 - widthOf(who);
	const what: Span = { text: cut(whatOf(request, state.workspace), left) };
	if (!isMarked) return [...spans, { text: who, style: "dim" }, what];
	const text = [...spans, { text: who }, what].map((span) => span.text).join("");
	return [{ text: fitted(text, columns), style: "selected" }];
}

/** `edit src/app.ts`, `run npm test`: paths as short as the workspace lets them be. */
export function whatOf(request: Request, workspace: string): string {
	const paths = factsOf(request).map(({ canonical }) =>
		isInside(canonical, workspace) && canonical !== workspace ? canonical.slice(workspace.length + 1) : canonical,
	);
	return `${verbOf(request)} ${escapeLine(paths.length > 0 ? paths.join(", ") : targetText(request))}`;
}

const TIERS: Readonly<Record<string, Span>> = {
	free: { text: "normal", style: "dim" },
	normal: { text: "normal", style: "dim" },
	high: { text: "HIGH", style: "grave" },
	protected: { text: "PROTECTED", style: "bad" },
};

const tierOf = (request: Request): Span =>
	isHeld(request) ? { text: "not done", style: "grave" } : (TIERS[request.plan.tier] ?? { text: "" });

const FATES: Readonly<Record<string, Style>> = {
	executed: "good",
	failed: "bad",
	differs: "bad",
	unknown: "bad",
	denied: "bad",
};

function fateOf({ status, outcome }: Request): Span {
	const text = outcome ?? status;
	return { text, style: FATES[text] ?? "dim" };
}

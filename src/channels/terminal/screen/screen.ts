import { isHeld } from "../../../core/request.ts";
import { answer, askApproval, askReason } from "./asking.ts";
import { HELP } from "./help.ts";
import type { Key } from "./keys.ts";
import { EMPTY, edit } from "./lineEditor.ts";
import { scrolled, settled } from "./pageRows.ts";
import { moved, opened, queueKey, revert } from "./queueKeys.ts";
import { firstRow } from "./queueRows.ts";
import { type Asking, type Event, find, type Opened, type Sheet, type State, type Step, say, stay } from "./state.ts";

/** More of what the gate said is in the audit log. */
const MAX_MESSAGES = 200;

/** What the screen becomes when something happens, and what is to be done. `now`: monotonic, ms. */
export function next(state: State, event: Event, now: number): Step {
	const step = happened(state, event, now);
	return { ...step, state: settle(step.state, now) };
}

function happened(state: State, event: Event, now: number): Step {
	switch (event.kind) {
		case "key":
			return pressed(state, event.key, now);
		case "resize":
			return stay({ ...state, size: event.size }, { kind: "redraw" });
		case "queue":
			return queueChanged({ ...state, waiting: event.waiting, decided: event.decided });
		case "page":
			return stay(loaded(state, event));
		case "policy":
			return stay(policyAnswered(state, event.lines));
		case "open":
			return opened(state, event.id);
		case "message":
		case "refused": {
			const messages = [...state.messages, event.text].slice(-MAX_MESSAGES);
			return stay(say({ ...state, messages }, event.text));
		}
		case "decided":
			return stay(say(decidedHere(state, event.id), event.text, "good"));
	}
}

/** Within the screen as it is, and seen as far as it is drawn. */
function settle(state: State, now: number): State {
	const { view, size } = state;
	const page = view.kind === "queue" ? undefined : view.page;
	const read = page && view.kind !== "queue" ? settled(view, page, size, now) : view;
	return { ...state, view: read, first: firstRow(state) };
}

function pressed(state: State, key: Key, now: number): Step {
	const { view, asking } = state;
	if (key.name === "suspend") return stay(state, { kind: "suspend" });
	if (key.name === "redraw") return stay(state, { kind: "redraw" });
	if (asking) return answer(state, asking, key, now);
	if (view.kind === "sheet" && view.command) return commandKey(state, { ...view, command: view.command }, key);
	if (key.name === "paste") return stay(say(state, "What is pasted does nothing here.", "dim"));
	const calm = { ...state, isLeaving: false };
	return wayKey(state, key) ?? readingKey(calm, key, now);
}

/** Twice, since agents are refused until the gate stands again. */
function leave(state: State, key: Key): Step {
	if (key.isBurst) return stay(state);
	if (state.isLeaving) return stay(state, { kind: "quit" });
	const count = state.waiting.length;
	const kept = count === 0 ? "" : count === 1 ? " 1 keeps waiting." : ` ${count} keep waiting.`;
	return stay({ ...say(state, `q again leaves.${kept} Agents are refused meanwhile.`), isLeaving: true });
}

/** From one view to another. */
function wayKey(state: State, key: Key): Step | undefined {
	const isTop = state.view.kind === "queue";
	switch (key.name) {
		case "q":
		case "interrupt":
			if (isTop) return leave(state, key);
			return stay(toQueue(state));
		case "escape":
		case "left":
			return stay(toQueue(state));
		case "?":
			return stay(sheet(state, { title: "Help", page: HELP }));
		case "m":
			return stay(sheet(state, { title: "Messages", page: messagesOf(state) }));
		case "p":
			return stay(sheet(state, { title: "Policy", page: { lines: [] }, command: EMPTY }), {
				kind: "policy",
				line: "policy",
			});
		default:
			return undefined;
	}
}

const toQueue = (state: State): State => ({ ...state, view: { kind: "queue" }, note: undefined });

function readingKey(state: State, key: Key, now: number): Step {
	const { view } = state;
	if (view.kind === "queue") return queueKey(state, key, now);
	const read = view.page && scrolled(view, key.name, view.page, state.size);
	if (read) return stay({ ...state, view: read, note: undefined });
	return view.kind === "request" ? requestKey(state, view, key, now) : stay(state);
}

function requestKey(state: State, view: Opened, key: Key, now: number): Step {
	if (key.name === "a") return stay(askApproval(state, view, key, now));
	if (key.name === "n") return stay(askReason(state, view.id, now));
	if (key.name === "r" && !key.isBurst) return revert(state, view.id);
	if (key.name === "]" || key.name === "[") {
		const { selected } = moved(state, key.name === "]" ? 1 : -1);
		return selected === undefined ? stay(state) : opened(state, selected);
	}
	return stay(state);
}

const sheet = (state: State, given: Pick<Sheet, "title" | "page" | "command">): State => ({
	...state,
	note: undefined,
	view: { kind: "sheet", top: 0, endSince: undefined, ...given },
});

const messagesOf = ({ messages }: State) => ({
	lines:
		messages.length > 0
			? messages.map((text) => ({ text: `• ${text}`, isProse: true }))
			: [{ text: "The gate has said nothing so far." }],
});

/** The policy's commands are whole words, as at the prompt. What lets more through wants the page read to its end. */
function commandKey(state: State, view: Sheet & { readonly command: NonNullable<Sheet["command"]> }, key: Key): Step {
	const read = key.text === "" ? scrolled(view, key.name, view.page, state.size) : undefined;
	if (read && !(view.command.text !== "" && ["home", "end"].includes(key.name))) return stay({ ...state, view: read });
	if (key.name === "escape" || key.name === "interrupt" || (key.name === "q" && view.command.text === ""))
		return stay(toQueue(state));
	if (key.isBurst || key.name === "paste") return stay(say(state, "What is pasted decides nothing. Type it yourself."));
	if (key.name !== "enter") return stay({ ...state, view: { ...view, command: edit(view.command, key) } });
	const line = view.command.text.trim();
	if (line === "") return stay(state);
	if (view.endSince === undefined) return stay(say(state, "Read it to its end first: PageDown, or End."));
	return stay({ ...state, view: { ...view, command: EMPTY }, note: undefined }, { kind: "policy", line });
}

/** What is answered stands below what was said before, and is where the reader looks. */
function policyAnswered(state: State, lines: Sheet["page"]["lines"]): State {
	const { view } = state;
	if (view.kind !== "sheet" || !view.command) return state;
	const before = view.page.lines;
	const page = { lines: before.length > 0 ? [...before, { text: "" }, ...lines] : lines };
	return { ...state, view: { ...view, page, top: before.length, endSince: undefined } };
}

function loaded(state: State, { id, revision, page }: Event & { kind: "page" }): State {
	const { view } = state;
	if (view.kind !== "request" || view.id !== id || view.revision !== revision) return state;
	return { ...state, view: { ...view, page, endSince: undefined } };
}

/** The mark stays on its request. What is open and became another is read again: nothing typed counts for it. */
function queueChanged(state: State): Step {
	const selected = find(state, state.selected) ? state.selected : (state.waiting[0] ?? state.decided[0])?.id;
	const { view, asking } = state;
	const isOver = asking !== undefined && !isStillAsked(state, asking);
	const kept: State = { ...state, selected, ...(isOver ? { asking: undefined } : {}) };
	const told = isOver ? say(kept, DECIDED) : kept;
	const shown = view.kind === "request" ? find(state, view.id) : undefined;
	if (view.kind !== "request" || !shown) return stay(told);
	const isRevised = shown.revision !== view.revision;
	if (!isRevised && (!view.page || isShownAs(shown, view.page))) return stay(told);
	const again = opened({ ...kept, asking: undefined }, view.id);
	const revised = `It changed: this is revision ${shown.revision}. Read it again.`;
	const note = isRevised || isOver ? say(again.state, isRevised ? revised : DECIDED) : again.state;
	return stay({ ...note, selected }, ...again.commands);
}

function isStillAsked(state: State, asking: Asking): boolean {
	const asked = find(state, asking.id);
	if (asked?.status === "waiting") return true;
	return asked !== undefined && asking.kind === "approve" && isHeld(asked);
}

const DECIDED = "It was decided meanwhile.";

/** The page names the state that it was made of. */
const isShownAs = ({ status, outcome }: { status: string; outcome: string | null }, page: { of?: string }) =>
	page.of === undefined || page.of === `${status} ${outcome}`;

/** On to what waits next; the queue is in front again. */
function decidedHere(state: State, id: string): State {
	const others = state.waiting.filter((request) => request.id !== id);
	const at = state.waiting.findIndex((request) => request.id === id);
	const selected = (others[Math.max(0, at)] ?? others.at(-1))?.id ?? state.selected;
	const isOpen = state.view.kind === "request" && state.view.id === id;
	return { ...state, selected, asking: undefined, ...(isOpen ? { view: { kind: "queue" as const } } : {}) };
}

import { mayApprove } from "../../../core/gateTypes.ts";
import { isHeld, type Request } from "../../../core/request.ts";
import { CANNED_REASONS } from "../../../present/reasons.ts";
import { UNREAD } from "../unread.ts";
import type { Key } from "./keys.ts";
import { EMPTY, edit } from "./lineEditor.ts";
import { type Asking, find, type Opened, type State, type Step, say, stay } from "./state.ts";

/** The first step of an approval: only of what was opened, whole, and read to its end as it is now. */
export function askApproval(state: State, view: Opened, key: Key, now: number): State {
	const request = find(state, view.id);
	const why = request ? whyNot(request, view, key, now) : "It is gone.";
	if (!request || why !== undefined) return say(state, why ?? "");
	const word = request.plan.tier === "high" ? String(request.seq) : "yes";
	const { id, revision } = view;
	return { ...state, note: undefined, asking: { kind: "approve", id, revision, word, written: EMPTY, since: now } };
}

function whyNot(request: Request, { page, revision, endSince }: Opened, key: Key, now: number): string | undefined {
	const { tier } = request.plan;
	if (request.status !== "waiting" && !isHeld(request)) return "It is decided already.";
	if (!mayApprove("terminal", tier)) return `It is ${tier}: approve it in the editor. Here you can deny it (n).`;
	if (!page || revision !== request.revision) return "It is still being read. Look at it first.";
	if (page.missing !== undefined) return page.missing;
	if (endSince === undefined) return "Read it to its end first: PageDown, or End.";
	if (key.isBurst || now - endSince < UNREAD) return "That was too quick to have been read. Look, then press a.";
	return undefined;
}

export function askReason(state: State, id: string, now: number): State {
	const request = find(state, id);
	if (request?.status !== "waiting") return say(state, "It is decided already.");
	return { ...state, note: undefined, asking: { kind: "deny", id, written: EMPTY, since: now, isSure: false } };
}

/** A key while a question stands. Nothing pasted or typed ahead answers it. */
export function answer(state: State, asking: Asking, key: Key, now: number): Step {
	if (key.name === "escape" || key.name === "interrupt")
		return stay(say({ ...state, asking: undefined }, "Nothing was decided.", "dim"));
	return asking.kind === "approve" ? confirm(state, asking, key, now) : giveReason(state, asking, key, now);
}

function confirm(state: State, asking: Asking & { kind: "approve" }, key: Key, now: number): Step {
	if (key.isBurst || key.name === "paste") return stay(say(state, "What is pasted decides nothing. Type it yourself."));
	if (key.name !== "enter")
		return stay({ ...state, note: undefined, asking: { ...asking, written: edit(asking.written, key) } });
	if (now - asking.since < UNREAD) return stay(say(state, "That was too quick. Look, then press Enter."));
	if (asking.written.text.trim() !== asking.word)
		return stay(say(state, `Nothing was decided. Type ${asking.word} and press Enter, or Esc.`));
	const { id, revision } = asking;
	const next = say({ ...state, asking: undefined }, "Approving…", "dim");
	return stay(next, { kind: "decide", id, choice: { kind: "approve", revision } });
}

function giveReason(state: State, asking: Asking & { kind: "deny" }, key: Key, now: number): Step {
	if (key.name !== "enter") {
		const written = edit(asking.written, key);
		return stay({ ...state, note: undefined, asking: { ...asking, written, isSure: false } });
	}
	if (key.isBurst || now - asking.since < UNREAD)
		return stay(say(state, "That was too quick. Look, then press Enter."));
	const reason = reasonIn(asking.written.text);
	if (reason === "" && !asking.isSure) {
		const sure = { ...state, asking: { ...asking, isSure: true, since: now } };
		return stay(say(sure, "No reason: the agent may try the same again. Enter denies, Esc goes back."));
	}
	const next = say({ ...state, asking: undefined }, "Denying…", "dim");
	return stay(next, { kind: "decide", id: asking.id, choice: { kind: "deny", reason } });
}

/** A number alone stands for one of the usual reasons. */
function reasonIn(text: string): string {
	const typed = text.trim();
	return (/^\d$/.test(typed) ? CANNED_REASONS[Number(typed) - 1] : undefined) ?? typed;
}

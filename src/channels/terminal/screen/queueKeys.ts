import { isRevertible } from "../../../core/revert.ts";
import { askReason } from "./asking.ts";
import type { Key } from "./keys.ts";
import { bodyRows, find, type State, type Step, say, stay } from "./state.ts";

/** Moves the mark, opens what it is on. Nothing is decided from the list. */
export function queueKey(state: State, key: Key, now: number): Step {
	const request = find(state, state.selected);
	const page = bodyRows(state.size) - 2;
	const steps: Readonly<Record<string, number>> = {
		up: -1,
		k: -1,
		down: 1,
		j: 1,
		pageup: -page,
		pagedown: page,
		home: Number.NEGATIVE_INFINITY,
		g: Number.NEGATIVE_INFINITY,
		end: Number.POSITIVE_INFINITY,
		G: Number.POSITIVE_INFINITY,
	};
	const by = steps[key.name];
	if (by !== undefined) return stay(moved({ ...state, note: undefined }, by));
	if (!request) return stay(state);
	if (key.name === "enter" || key.name === "d") return opened(state, request.id);
	if (key.name === "n") return stay(askReason(state, request.id, now));
	if (key.name === "r" && !key.isBurst) return revert(state, request.id);
	if (key.name === "a") return stay(say(state, "Open it first (Enter), and read it to its end.", "dim"));
	return stay(state);
}

export function moved(state: State, by: number): State {
	const ids = [...state.waiting, ...state.decided].map(({ id }) => id);
	const at = state.selected === undefined ? -1 : ids.indexOf(state.selected);
	const to = Math.min(Math.max(0, at + by), ids.length - 1);
	return { ...state, selected: ids[to] };
}

export function opened(state: State, id: string): Step {
	const request = find(state, id);
	if (!request) return stay(state);
	const view = {
		kind: "request" as const,
		id,
		revision: request.revision,
		page: undefined,
		top: 0,
		endSince: undefined,
	};
	return stay({ ...state, selected: id, view, asking: undefined, note: undefined }, { kind: "load", id });
}

export function revert(state: State, id: string): Step {
	const request = find(state, id);
	if (request?.status === "waiting") return stay(say(state, "It waits: deny it (n), and nothing is changed."));
	if (!request || !isRevertible(request)) return stay(say(state, "It changed no file that could be put back."));
	return stay(say(state, "Looking for what was there before…", "dim"), { kind: "revert", id });
}

import type { Json } from "../base/canonicalJson.ts";
import type { Action } from "../protocol/action.ts";
import type { RequestState } from "../protocol/messages.ts";
import type { Identity } from "./request.ts";

/** One agent's dialect, both ways. Pure: payload to event, state to answer. */
export interface HookAdapter {
	/** The word on the command line and in the URL. */
	readonly agent: string;
	/** Whether a payload bears this agent's own marks. Several agents run hooks from another one's configuration. */
	recognises(payload: Json): boolean;
	/** @throws Problem saying what the payload lacks; the call is then denied. */
	parse(payload: Json): HookEvent;
	/** No opinion: the agent's own permission flow goes on. */
	free(): HookAnswer;
	/** The explicit allow, with the reviewer's text where there is one. */
	allow(event: AskEvent, state: RequestState): HookAnswer;
	deny(reason: string): HookAnswer;
}

export interface AskEvent {
	readonly kind: "ask";
	readonly identity: Identity;
	/** The agent's own id of the call; null when it has none. */
	readonly callId: string | null;
	readonly action: Action;
	readonly intent?: string;
	/** Why this call can do more than it shows; it then counts as high. */
	readonly caution?: string;
	/** Whether the dialect can say "write this instead" for this call. */
	readonly takesEdits: boolean;
}

export interface ReportEvent {
	readonly kind: "report";
	readonly identity: Identity;
	readonly callId: string | null;
	readonly action: Action;
	readonly outcome: "executed" | "failed";
	readonly detail?: string;
}

/** Nothing is asked; with an identity it is a session's sign of life. */
export interface NoteEvent {
	readonly kind: "note";
	readonly identity?: Identity;
}

/** A configuration file of the agent changed in mid-session, and the agent asks whether to take it. */
export interface ConfigEvent {
	readonly kind: "config";
	readonly identity: Identity;
	readonly path: string;
	/** Why the gate would be out of force with this text; `program`: the hook that we put into that file, if we did. */
	disarmed(text: string, program: string | undefined): string | undefined;
}

export type HookEvent = AskEvent | ReportEvent | NoteEvent | ConfigEvent;

/**
 * The one answer that every agent takes for a no, for a caller that nobody recognised: exit 2 with a reason, and on
 * stdout the denials of all dialects at once.
 */
export function universalDeny(reason: string): HookAnswer {
	const permission = { permissionDecision: "deny", permissionDecisionReason: reason };
	const stdout = JSON.stringify({
		...{ cancel: true, errorMessage: reason },
		...{ decision: "block", reason },
		...permission,
		hookSpecificOutput: { hookEventName: "PreToolUse", ...permission },
		...{ permission: "deny", user_message: reason, agent_message: reason },
	});
	return { exit: 2, reason, stdout: `${stdout}\n` };
}

/** What the hook process prints and how it exits. An exit of 0 lets the tool run. */
export interface HookAnswer {
	readonly exit: 0 | 2;
	readonly stdout: string;
	/** For stderr, one line; never empty when exit is 2. */
	readonly reason: string;
}

import { assertNever } from "../base/errors.ts";
import type { Reminder } from "../core/reminders.ts";
import { isRedeemable, type Request } from "../core/request.ts";
import { targetText } from "./describe.ts";
import { escapeLabel, escapeLine } from "./escape.ts";

/** What a request would do, as a verb: `edit`, `create`, `delete`, `run`, … */
export function verbOf(request: Request): string {
	const { action, plan } = request;
	switch (action.tool) {
		case "file_write":
			if (request.restores) return "put back";
			return plan.targets[0]?.base === null ? "create" : "edit";
		case "file_delete":
			return "delete";
		case "file_rename":
			return "rename";
		case "changes":
			return "change";
		case "shell_execute":
			return "run";
		case "api_call":
		case "mcp_call":
			return "call";
		case "send_message":
			return "message";
		case "file_read":
			return "read";
		case "log_write":
			return "log";
		case "custom":
			return "use";
		default:
			return assertNever(action);
	}
}

/** The file's name, or the first line of the command: what tells one row of a queue from the next. */
export function nameOf(request: Request): string {
	const path = request.plan.targets[0]?.facts.canonical;
	if (path !== undefined) return escapeLabel(path.slice(path.lastIndexOf("/") + 1));
	const text = escapeLabel(targetText(request).trim());
	return text.length > NAME ? `${text.slice(0, NAME - 1)}…` : text;
}

/** Who asks, by its own account. */
export function agentOf({ identity }: Request): string {
	const name = escapeLabel(identity.agent);
	return name.length > AGENT ? `${name.slice(0, AGENT - 1)}…` : name;
}

/** A longer name could read as a sentence of ours. Characters. */
const AGENT = 32;

/** Longer names say no more in a row. Characters. */
const NAME = 80;

/** `12 s`, `4 m`, `3 h`, `2 d`: as short as a row needs it. @param ms not negative */
export function ageText(ms: number): string {
	const seconds = Math.max(0, Math.floor(ms / 1000));
	if (seconds < 60) return `${seconds} s`;
	if (seconds < 3600) return `${Math.floor(seconds / 60)} m`;
	if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
	return `${Math.floor(seconds / 86_400)} d`;
}

/** `3 requests have waited, the oldest for 5 m: edit a.ts, delete b.yml, …` */
export function reminderText({ requests, oldest }: Reminder): string {
	const [first] = requests;
	const count = requests.length === 1 ? "1 request has waited" : `${requests.length} requests have waited, the oldest`;
	return `${count} for ${ageText(oldest)}${first ? `: ${agentOf(first)} wants to ${verbOf(first)} ${nameOf(first)}` : ""}.`;
}

/** What became of a request: `approved by li via editor, executed`. */
export function fateText(request: Request, now: number): string {
	const { status, decision, outcome } = request;
	const by = decision ? ` by ${escapeLine(decision.by)} via ${escapeLine(decision.via)}` : "";
	const edited = decision?.edited ? " with edits" : "";
	const done = outcome ?? (status === "approved" ? openText(request, now) : "");
	return `${status}${edited}${by}${done ? `, ${done}` : ""}`;
}

/** An approval outlives the call that asked, so that a late one is of use; but not for ever. */
function openText(request: Request, now: number): string {
	if (request.apply === "gate") return "not done yet";
	return isRedeemable(request, now) ? "waiting for the agent to ask again" : "the agent did not ask again in time";
}

/** What the agent of a request says of it; nothing for what a person asked. */
export const claimOf = ({ intent, restores }: Request): string | undefined => (restores ? undefined : intent);

/** Which person asks to have what put back, without an end; undefined for what an agent asks. */
export const undoText = ({ restores }: Request): string | undefined =>
	restores && `${escapeLine(restores.by)} via ${escapeLine(restores.via)} asks to undo #${restores.seq}`;

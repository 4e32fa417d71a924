import { assertNever } from "../base/errors.ts";
import type { Action } from "../protocol/action.ts";
import type { PathFacts } from "./ports.ts";
import { redact } from "./redact.ts";

/** What an action is aimed at, for the audit record: a path (never hidden), a command, a destination. */
export function targetOf(action: Action, paths: readonly PathFacts[]): string {
	const target = rawTarget(action, paths);
	return action.tool.startsWith("file_") ? target : redact(target);
}

/** The same for the reviewer: complete, nothing hidden. */
export function rawTarget(action: Action, paths: readonly PathFacts[]): string {
	const first = paths[0];
	switch (action.tool) {
		case "file_write":
		case "file_delete":
		case "file_read":
			return first?.canonical ?? action.path;
		case "file_rename":
			return `${first?.canonical ?? action.from} -> ${paths[1]?.canonical ?? action.to}`;
		case "changes":
			return paths.map((facts) => facts.canonical).join(", ");
		case "shell_execute":
			return action.command ?? (action.argv ?? []).map(quoteWord).join(" ");
		case "api_call":
			return `${action.method.toUpperCase()} ${action.url}`;
		case "send_message":
			return action.to;
		case "mcp_call":
			return `${action.server}/${action.name}`;
		case "custom":
			return action.name;
		case "log_write":
			return action.text;
		default:
			return assertNever(action);
	}
}

/** argv as a person reads it: words with anything unusual in JSON quotes, so that a trailing space shows. */
const quoteWord = (word: string) => (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word));

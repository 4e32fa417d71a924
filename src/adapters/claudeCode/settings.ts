import { applyEdits, modify, type ParseError, parse, printParseErrorCode } from "jsonc-parser";
import { Problem } from "../../protocol/problem.ts";

/** The events we are called for. The outcome of a call that we allowed comes by the two Post events. */
const EVENTS = ["PreToolUse", "PostToolUse", "PostToolUseFailure"] as const;

/** How our own entries are recognised, whatever program they start. */
const OURS = / claude-code \d+ \|\| \{ echo 'Countersign/;

/**
 * The hook's command line. A shell runs it: whatever happens to the program (gone, killed, crashed), it ends in exit 2.
 * The model may be shown this line, so it holds no secret.
 */
export function hookCommand(program: string, waitSeconds: number): string {
	const quoted = `'${program.replaceAll("'", "'\\''")}'`;
	return `${quoted} claude-code ${waitSeconds} || { echo 'Countersign did not allow this call.' >&2; exit 2; }`;
}

interface HookGroup {
	matcher?: string;
	hooks?: { type?: string; command?: string }[];
}

const FORMAT = { formattingOptions: { insertSpaces: true, tabSize: 2, eol: "\n" } };

/**
 * Claude Code's settings file with our hooks in it, everything else and every comment kept.
 * @param command ends in exit 2 whatever happens to our program
 * @param timeoutSeconds of Claude; our own deadline lies before it
 * @throws Problem when the file is not JSON: Claude would ignore it whole, our hooks with it
 */
export function withHooks(text: string, command: string, timeoutSeconds: number): string {
	const cleaned = withoutHooks(text);
	const hook = { type: "command", command, timeout: timeoutSeconds, onFailure: "block" };
	return EVENTS.reduce((result, event) => {
		const groups = groupsOf(result, event);
		return edit(result, ["hooks", event, groups.length], { matcher: "*", hooks: [hook] }, true);
	}, cleaned);
}

/** The same file without our hooks; lists and objects that only held ours go too. */
export function withoutHooks(text: string): string {
	let result = text.trim() === "" ? "{}\n" : text;
	requireObject(result);
	for (const event of EVENTS) {
		for (let at = groupsOf(result, event).length - 1; at >= 0; at--) result = removeFromGroup(result, event, at);
		if (eventsOf(result)[event] !== undefined && groupsOf(result, event).length === 0)
			result = edit(result, ["hooks", event], undefined);
	}
	const { hooks } = requireObject(result);
	if (hooks !== undefined && Object.keys(hooks as object).length === 0) result = edit(result, ["hooks"], undefined);
	return result;
}

function removeFromGroup(text: string, event: string, at: number): string {
	const hooks = groupsOf(text, event)[at]?.hooks ?? [];
	const others = hooks.filter((hook) => !OURS.test(hook.command ?? ""));
	if (others.length === hooks.length) return text;
	if (others.length === 0) return edit(text, ["hooks", event, at], undefined);
	let result = text;
	for (let index = hooks.length - 1; index >= 0; index--) {
		if (OURS.test(hooks[index]?.command ?? "")) result = edit(result, ["hooks", event, at, "hooks", index], undefined);
	}
	return result;
}

const edit = (text: string, path: (string | number)[], value: unknown, isArrayInsertion = false) =>
	applyEdits(text, modify(text, path, value, { ...FORMAT, isArrayInsertion }));

function groupsOf(text: string, event: string): HookGroup[] {
	const groups = eventsOf(text)[event];
	if (groups !== undefined && !Array.isArray(groups)) {
		throw new Problem(
			"bad_request",
			`"hooks.${event}" is not a list in this settings file; Claude Code ignores the whole file. Mend it first.`,
		);
	}
	return (groups ?? []) as HookGroup[];
}

function eventsOf(text: string): Record<string, unknown> {
	const { hooks } = requireObject(text);
	if (hooks === undefined) return {};
	if (hooks === null || typeof hooks !== "object" || Array.isArray(hooks)) {
		throw new Problem(
			"bad_request",
			'"hooks" is not an object in this settings file; Claude Code ignores the whole file. Mend it first.',
		);
	}
	return hooks as Record<string, unknown>;
}

function requireObject(text: string): Record<string, unknown> {
	const errors: ParseError[] = [];
	const value: unknown = parse(text, errors, { allowTrailingComma: false, disallowComments: false });
	const [error] = errors;
	if (error) {
		const line = text.slice(0, error.offset).split("\n").length;
		throw new Problem(
			"bad_request",
			`line ${line} is not JSON (${printParseErrorCode(error.error)}); Claude Code ignores such a file whole. Mend it first.`,
		);
	}
	if (value === null || typeof value !== "object" || Array.isArray(value)) {
		throw new Problem("bad_request", "the settings file is not a JSON object. Mend it first.");
	}
	return value as Record<string, unknown>;
}

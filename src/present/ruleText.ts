import type { AllowRule } from "../core/policy/allowRules.ts";
import type { RuleState } from "../core/policy/ruleState.ts";
import type { Rule } from "../core/policy/rules.ts";
import type { Scope } from "../core/policy/scopes.ts";
import { escapeLabel } from "./escape.ts";
import { ageText } from "./words.ts";

type Tool = Rule["tool"];

const WORDS: Readonly<Record<Tool, string>> = {
	file_read: "Read files",
	log_write: "Write logs and notes",
	file_write: "Write files",
	file_delete: "Delete files",
	file_rename: "Rename files",
	changes: "Change several files at once",
	shell_execute: "Run commands",
	api_call: "Call web addresses",
	send_message: "Send messages",
	mcp_call: "Call tools of MCP servers",
	custom: "Use any other tool",
};

/** A tool of the policy in words. */
export const toolText = (tool: string): string => WORDS[tool as Tool] ?? escapeLabel(tool);

const VERBS = { file_read: "Read", file_write: "Write", file_delete: "Delete", file_rename: "Rename" } as const;

const STRICT_VERBS = { ...VERBS, changes: "Change" } as const;

/** Exactly what a rule that allows covers, but for when and how often. @param folder the one that it is shown in */
export function coverText(scope: Scope & { readonly workspace?: string | undefined }, folder: string): string {
	const where = placeOf(scope.workspace, folder);
	switch (scope.tool) {
		case "shell_execute": {
			const start = scope.cwd === undefined ? "" : `${scope.cwd}, `;
			return escapeLabel(`Run \`${scope.argv?.join(" ")}\` in ${start}${where}`);
		}
		case "api_call": {
			const method = scope.method?.toUpperCase();
			return escapeLabel(
				`${method} ${method === "GET" ? "from" : "to"} ${scope.scheme}://${scope.host}, ${asked(where)}`,
			);
		}
		case "mcp_call": {
			const given = JSON.stringify(scope.arguments);
			return escapeLabel(`Call ${scope.server}/${scope.name} with exactly ${given}, ${asked(where)}`);
		}
		default: {
			const isAbsolute = scope.path?.startsWith("/");
			return escapeLabel(`${VERBS[scope.tool]} ${scope.path}${isAbsolute ? `, ${asked(where)}` : ` in ${where}`}`);
		}
	}
}

function placeOf(workspace: string | undefined, folder: string): string {
	if (workspace === undefined) return "every folder";
	return workspace === folder ? "this folder" : workspace;
}

const asked = (where: string) => `asked in ${where}`;

/** What the wildcards of a rule on files come to. */
export function reachText({ path }: Scope): string {
	if (path === undefined) return "exactly this";
	const pattern = path.replace(/\\./g, "");
	if (pattern.endsWith("/**")) return "everything in that folder and below";
	if (pattern.includes("**/")) return "this kind of file, there and below";
	return pattern.includes("*") ? "this kind of file, in that folder alone" : "only this";
}

/** What a rule that asks or denies is about. */
export function strictText(rule: Rule): string {
	const by = rule.agent === undefined ? "" : `, when ${rule.agent} asks`;
	return escapeLabel((narrowText(rule) ?? toolText(rule.tool)) + by);
}

/** Undefined: the whole tool. */
function narrowText({ tool, path, argv, host, method, server, name, to }: Rule): string | undefined {
	if (path !== undefined) return `${STRICT_VERBS[tool as keyof typeof STRICT_VERBS]} ${path}`;
	if (argv !== undefined) return `Run anything with \`${argv.join(" ")}\``;
	if (to !== undefined) return `Send messages to ${to}`;
	if (tool === "custom") return name && `Use ${name}`;
	if (tool === "mcp_call") return (server ?? name) && `Call ${server ?? "any server"}/${name ?? "any tool"}`;
	return (host ?? method) && `${method?.toUpperCase() ?? "Call"} ${host ?? "any address"}`;
}

/** When a rule ends: `until 1 Dec`. */
export function untilText({ expires }: Pick<AllowRule, "expires">, now: number): string {
	return expires === undefined ? "no end" : `until ${momentText(expires, now)}`;
}

/** How long and how often it holds, for a sentence. */
export function limitText(allow: AllowRule, now: number): string {
	const { times, session } = allow.rule;
	return [
		...(times === undefined ? [] : [times === 1 ? "once" : `${times} times`]),
		...(session === undefined ? [] : [`only in session ${escapeLabel(session).slice(0, SESSION)}`]),
		untilText(allow, now),
	].join(", ");
}

/** More of an id tells nobody more. Characters. */
const SESSION = 12;

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `14:05` today, `1 Dec` for a day, `1 Dec, 14:05`; with the year when it is another one. Where the person is. */
export function momentText(time: number, now: number): string {
	const [moment, today] = [new Date(time), new Date(now)];
	const clock = `${String(moment.getHours()).padStart(2, "0")}:${String(moment.getMinutes()).padStart(2, "0")}`;
	if (moment.toDateString() === today.toDateString()) return clock;
	const year = moment.getFullYear() === today.getFullYear() ? "" : ` ${moment.getFullYear()}`;
	const day = `${moment.getDate()} ${MONTHS[moment.getMonth()]}${year}`;
	return clock === "00:00" ? day : `${day}, ${clock}`;
}

/** Beside a rule: how it stands, and when it was of use. */
export function standingText(
	allow: AllowRule,
	state: RuleState,
	{ used, last, now }: { readonly used: number; readonly last: number | undefined; readonly now: number },
): string {
	const ago = last === undefined ? "" : `, last ${ageText(now - last)} ago`;
	const uses = used === 0 ? "not used yet" : `used ${used === 1 ? "once" : `${used} times`}${ago}`;
	if (state === "expired") return `expired · ${uses}`;
	if (state === "elsewhere") return `another folder's · ${untilText(allow, now)}`;
	const { times, session } = allow.rule;
	const most = times === undefined || state === "used up" ? [] : [times === 1 ? "once" : `at most ${times} times`];
	return [
		...(state === "live" ? [] : [state]),
		uses,
		...most,
		...(session === undefined ? [] : [`session ${escapeLabel(session).slice(0, SESSION)}`]),
		untilText(allow, now),
	].join(" · ");
}

/** Of a history in which the rule had stood. */
export function rearViewText({ passed, denied }: { readonly passed: number; readonly denied: number }): string {
	if (passed === 0) return "In this folder's history it would have let nothing pass: nothing like it was asked before.";
	if (passed === 1) {
		return `In this folder's history it would have let pass 1 request, which you ${denied === 1 ? "denied" : "did not deny"}.`;
	}
	const refused = denied === 0 ? "none" : denied;
	return `In this folder's history it would have let pass ${passed} requests, ${refused} of which you denied.`;
}

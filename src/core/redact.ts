/**
 * Secrets of a known shape, out of every text that leaves the reviewer's own screen (audit file, log, phone).
 * It hides values, never a command, a path or a destination.
 */
const SHAPES: readonly [name: string, pattern: RegExp][] = [
	[
		"pem",
		/-----BEGIN [A-Z ]*PRIVATE KEY-----[A-Za-z0-9+/=\s:,-]*?(?:-----END [A-Z ]*PRIVATE KEY-----|(?![A-Za-z0-9+/=\s:,-]))/g,
	],
	["aws", /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g],
	["github", /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})/g],
	["key", /\b(?:(?:sk|pk|rk|xox[abprs]|glpat|npm|hf)[-_]|AIza)[A-Za-z0-9_-]{16,}/g],
	["jwt", /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g],
];
const URL_CREDENTIALS = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@:]*:[^\s/]+@/gi;
const BEARER = /\b(bearer|basic|token)\s+[A-Za-z0-9._~+/=-]{12,}/gi;
const ASSIGNMENT =
	/\b([A-Za-z0-9_-]*(?:password|passwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key)[A-Za-z0-9_-]*["']?\s*[=:]\s*)("[^"$`]*"|'[^']*'|[^\s"'&;|$`()]+)/gi;

/** `--password x`, `-u name:pass`, `Cookie: …`, `Authorization: ApiKey …`. */
const FLAG = /(\s--?(?:password|passwd|pass|token|secret|api-key)[ =])("[^"$`]*"|'[^']*'|[^\s"'&;|$`()]+)/gi;
const USER = /(\s(?:-u|--user)[ =]?["']?[^\s:"'$`]+:)[^\s"'$`]+/g;
const HEADER = /\b((?:cookie|authorization|x-api-key):\s*(?:[a-z]+\s+)?)[^\s"'$`]+/gi;

/**
 * A record holds no more of a text than this, and nothing behind it is looked at: an agent must not be able to keep the
 * gate busy with a long one. Characters.
 */
export const MAX_TEXT = 4000;
/** What straddles the end is still recognised. */
const MARGIN = 200;

export function redact(text: string): string {
	let result = text.slice(0, MAX_TEXT + MARGIN).toWellFormed();
	for (const [name, pattern] of SHAPES) result = result.replace(pattern, `[redacted:${name}]`);
	result = result
		.replace(URL_CREDENTIALS, "$1[redacted:credentials]@")
		.replace(HEADER, "$1[redacted:header]")
		.replace(FLAG, "$1[redacted:value]")
		.replace(USER, "$1[redacted:value]")
		.replace(BEARER, "$1 [redacted:token]")
		.replace(ASSIGNMENT, "$1[redacted:value]");
	return result.length > MAX_TEXT ? `${result.slice(0, MAX_TEXT).toWellFormed()}… (${text.length} characters)` : result;
}

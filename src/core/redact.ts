/**
 * Secrets of a known shape, out of every text that leaves the reviewer's own screen (audit file, log, phone).
 * It hides values, never a command, a path or a destination.
 */
const SHAPES: readonly [name: string, pattern: RegExp][] = [
	[
		"pem",
		/-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[A-Za-z0-9+/=\s:,-]|\\[nrt])*?(?:-----END [A-Z ]*PRIVATE KEY-----|(?!\\[nrt]|[A-Za-z0-9+/=\s:,-]))/g,
	],
	["aws", /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g],
	["github", /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})/g],
	["key", /\b(?:(?:sk|pk|rk|xox[abprs]|glpat|npm|hf)[-_]|AIza)[A-Za-z0-9_-]{16,}/g],
	["jwt", /\beyJ[A-Za-z0-9_-]{8,4096}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g],
];
const URL_CREDENTIALS = /(?<![a-z0-9+.-])([a-z][a-z0-9+.-]*:\/\/)([^\s/@:]*:[^\s/]+)@/gi;
const BEARER = /\b(bearer|basic|token)\s+([A-Za-z0-9._~+/=-]{12,})/gi;
/** Begins only where a word begins: a long one is looked at once. */
const ASSIGNMENT =
	/(?<![A-Za-z0-9_-])([A-Za-z0-9_-]*(?:password|passwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key)[A-Za-z0-9_-]*["']?\s*[=:]\s*)("[^"$`]*"|'[^']*'|[^\s"'&;|$`()]+)/gi;

/** `--password x`, `-u name:pass`, `Cookie: …`, `Authorization: ApiKey …`. */
const FLAG = /(\s--?(?:password|passwd|pass|token|secret|api-key)[ =])("[^"$`]*"|'[^']*'|[^\s"'&;|$`()]+)/gi;
const USER = /(\s(?:-u|--user)[ =]?["']?[^\s:"'$`]+:)([^\s"'$`]+)/g;
const HEADER = /\b((?:cookie|authorization|x-api-key):\s*(?:[a-z]+\s+)?)([^\s"'$`]+)/gi;

/**
 * A record holds no more of a text than this, and nothing behind it is looked at: an agent must not be able to keep the
 * gate busy with a long one. Characters.
 */
export const MAX_TEXT = 4000;
/** What straddles the end is still recognised. */
const MARGIN = 200;

export function redact(text: string): string {
	const result = hideShapes(text.slice(0, MAX_TEXT + MARGIN).toWellFormed(), (kind) => `[redacted:${kind}]`);
	return result.length > MAX_TEXT ? `${result.slice(0, MAX_TEXT).toWellFormed()}… (${text.length} characters)` : result;
}

/** All of the text, however long. @param label what stands there instead of a secret */
export function hideShapes(text: string, label: (kind: string, secret: string) => string): string {
	let result = text;
	for (const [kind, pattern] of SHAPES) result = result.replace(pattern, (secret) => label(kind, secret));
	const hide = (kind: string) => (_: string, before: string, secret: string) => before + label(kind, secret);
	return result
		.replace(URL_CREDENTIALS, (_, scheme: string, secret: string) => `${scheme}${label("credentials", secret)}@`)
		.replace(HEADER, hide("header"))
		.replace(FLAG, hide("value"))
		.replace(USER, hide("value"))
		.replace(BEARER, (_, word: string, secret: string) => `${word} ${label("token", secret)}`)
		.replace(ASSIGNMENT, hide("value"));
}

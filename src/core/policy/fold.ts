/**
 * A path as a hostile spelling of it would still be opened: Unicode folded (NFKC, lower case, invisible code points
 * out), trailing dots and spaces and `:streams` cut (Windows, WSL mounts), git's known 8.3 names written out.
 * For comparing only, never for opening.
 */
export function foldPath(path: string): string {
	if (PLAIN.test(path)) return path.toLowerCase();
	return path.replaceAll("\\", "/").split("/").map(foldName).join("/");
}

/** Nothing in it to fold but its case; most paths are so, and every free read asks. */
const PLAIN = /^(?:\/[A-Za-z0-9_.-]*[A-Za-z0-9_-])+$/;

function foldName(name: string): string {
	const folded = name
		.normalize("NFKC")
		.replace(/\p{Default_Ignorable_Code_Point}/gu, "")
		.toLowerCase()
		.replace(/:.*$/, "")
		.replace(/(?<=[^.])[. ]+$/, "");
	return GIT_SHORT_NAMES.has(folded) ? ".git" : folded;
}

/** `.git` in 8.3 form; the second is NTFS's hash form (git commit e7cb0b4). */
const GIT_SHORT_NAMES = new Set(["git~1", "gi7eba~1"]);

/** Whether a component is an 8.3 short name: it may be another spelling of a protected one. */
export function hasShortName(path: string): boolean {
	return /(^|\/)[^/]{1,8}~\d+(\.[^/]{0,3})?(\/|$)/.test(path);
}

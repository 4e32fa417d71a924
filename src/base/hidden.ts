/**
 * Code points that a screen does not show, or that change how others are shown: control characters but tab and line
 * feed, line separators, directions, and what Unicode lets a font leave out.
 */
export const HIDDEN =
	/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]|\p{Default_Ignorable_Code_Point}/gu;

/** `\u{202e}`: a code point by its number. */
export const writtenOut = (character: string) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

/** `3 × \u{202e}, 1 × \u{200b}`: which of them a text holds. Carriage returns are line ends and do not count. */
export function hiddenCounts(text: string): string | undefined {
	const counts = new Map<string, number>();
	for (const [character] of text.matchAll(HIDDEN)) {
		if (character !== "\r") counts.set(character, (counts.get(character) ?? 0) + 1);
	}
	if (counts.size === 0) return undefined;
	const most = [...counts].sort(([, one], [, other]) => other - one);
	const named = most.slice(0, MAX_KINDS).map(([character, count]) => `${count} × ${writtenOut(character)}`);
	return [...named, ...(most.length > MAX_KINDS ? [`${most.length - MAX_KINDS} other kinds`] : [])].join(", ");
}

/** More kinds than a person reads; the text itself shows them all. */
const MAX_KINDS = 12;

/** The same JSON, with what is not drawn in its strings as `\u202e`: a line of it can be printed anywhere. */
export const printableJson = (json: string) =>
	json.replace(HIDDEN, (character) =>
		[...Array(character.length).keys()]
			.map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`)
			.join(""),
	);

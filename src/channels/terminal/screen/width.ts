/** East Asian wide and full width, and the planes of emoji as a whole: too wide a guess only leaves a column empty. */
const WIDE: readonly (readonly [number, number])[] = [
	[0x1100, 0x115f],
	[0x2329, 0x232a],
	[0x2e80, 0xa4cf],
	[0xa960, 0xa97f],
	[0xac00, 0xd7a3],
	[0xf900, 0xfaff],
	[0xfe10, 0xfe19],
	[0xfe30, 0xfe6f],
	[0xff01, 0xff60],
	[0xffe0, 0xffe6],
	[0x16fe0, 0x1b2ff],
	[0x1d300, 0x1d376],
	[0x1f000, 0x1faff],
	[0x20000, 0x3fffd],
];
const EMOJI = /\p{Emoji_Presentation}/u;
const NOTHING = /[\p{Mn}\p{Me}\p{Cf}]/u;
const PLAIN = /^[\x20-\x7e]*$/;

/** Columns of one code point. */
function columnsOf(character: string): number {
	const point = character.codePointAt(0) ?? 0;
	if (point < 0x300) return 1;
	if (NOTHING.test(character)) return 0;
	return WIDE.some(([from, to]) => point >= from && point <= to) || EMOJI.test(character) ? 2 : 1;
}

/** Columns of a text without control characters. */
export function widthOf(text: string): number {
	if (PLAIN.test(text)) return text.length;
	let width = 0;
	for (const character of text) width += columnsOf(character);
	return width;
}

/** As much of it as fits, an ellipsis where something is left out. */
export function cut(text: string, columns: number): string {
	if (widthOf(text) <= columns) return text;
	if (columns < 1) return "";
	return `${pieceOf(text, columns - 1)}…`;
}

/** Cut or filled up to exactly so many columns. */
export function fitted(text: string, columns: number): string {
	const shown = cut(text, columns);
	return shown + " ".repeat(Math.max(0, columns - widthOf(shown)));
}

/** In pieces that fit, all of it. `words`: broken at blanks where that is possible. */
export function wrap(text: string, columns: number, words = false): string[] {
	const pieces: string[] = [];
	let rest = text;
	while (widthOf(rest) > columns) {
		let piece = pieceOf(rest, columns);
		const blank = piece.lastIndexOf(" ");
		if (words && blank > columns / 3 && rest[piece.length] !== " ") piece = piece.slice(0, blank + 1);
		if (piece === "") break;
		pieces.push(piece);
		rest = rest.slice(piece.length);
	}
	return [...pieces, rest];
}

/** The longest beginning that fits; what is drawn over a character stays with it. */
function pieceOf(text: string, columns: number): string {
	if (PLAIN.test(text)) return text.slice(0, columns);
	let [length, width] = [0, 0];
	for (const character of text) {
		width += columnsOf(character);
		if (width > columns) break;
		length += character.length;
	}
	return text.slice(0, length);
}

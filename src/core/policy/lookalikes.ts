/**
 * Letters of other alphabets that a font draws like an ASCII one. After the Unicode Consortium's table of confusable
 * characters (Unicode Technical Standard 39, confusables.txt): Cyrillic, Greek, Armenian and phonetic letters, dashes.
 * What differs only in width or style is folded by Unicode's own compatibility forms.
 */
const DRAWN_LIKE: Readonly<Record<string, string>> = {
	a: "\u0251\u03b1\u0430",
	b: "\u042c\u0184",
	c: "\u03f2\u0441\u1d04",
	d: "\u0501",
	e: "\u0435\u04bd\u212e",
	f: "\u0192\u0584",
	g: "\u0261\u0581\u018d",
	h: "\u04bb\u0570",
	i: "\u0131\u0269\u03b9\u0456\u04cf",
	j: "\u03f3\u0458",
	k: "\u03ba\u043a\u0138",
	l: "\u01c0\u0406\u0399\u04c0\u05c0",
	n: "\u0578\u057c",
	o: "\u03bf\u03c3\u043e\u0585\u1d0f",
	p: "\u03c1\u0440",
	q: "\u051b\u0563\u0566",
	r: "\u0433\u1d26",
	s: "\u0455\ua731",
	u: "\u03c5\u057d\u028b\u1d1c",
	v: "\u03bd\u0475\u1d20",
	w: "\u051d\u0461\u026f\u1d21",
	x: "\u0445",
	y: "\u03b3\u0443\u04af\u028f",
	z: "\u1d22",
	A: "\u0391\u0410",
	B: "\u0392\u0412",
	C: "\u03f9\u0421",
	E: "\u0395\u0415",
	G: "\u050c",
	H: "\u0397\u041d",
	J: "\u037f\u0408",
	K: "\u039a\u041a",
	L: "\u053c",
	M: "\u039c\u03fa\u041c",
	N: "\u039d",
	O: "\u039f\u041e\u0555",
	P: "\u03a1\u0420",
	Q: "\u051a",
	S: "\u0405\u054f",
	T: "\u03a4\u0422",
	U: "\u054d",
	V: "\u0474",
	W: "\u051c",
	X: "\u03a7\u0425",
	Y: "\u03a5\u04ae",
	Z: "\u0396",
	"3": "\u0417\u04e0",
	"-": "\u2010\u2011\u2012\u2013\u2043\u2212\u02d7",
	"'": "\u2018\u2019\u02b9\u02bc",
	".": "\u0660\u06f0",
	"/": "\u2044\u2215\u29f8",
	_: "\u07fa",
};

const ASCII_OF = new Map(
	Object.entries(DRAWN_LIKE).flatMap(([ascii, others]) => [...others].map((one) => [one, ascii])),
);

/** Two names of the same skeleton look the same to a person who reads a list of files. */
export function skeletonOf(name: string): string {
	return [...name.normalize("NFKD").replace(/\p{Default_Ignorable_Code_Point}/gu, "")]
		.map((character) => ASCII_OF.get(character) ?? character)
		.join("")
		.replace(/[1I|]/g, "l")
		.replaceAll("0", "O")
		.normalize("NFKC");
}

/** Most names; the others are worth a look at what stands beside them. */
export const isPlainName = (name: string) => /^[\u0020-\u007e]*$/.test(name);

/** The name beside it that it can be taken for, if there is one. */
export function lookalikeOf(name: string, siblings: readonly string[]): string | undefined {
	const skeleton = skeletonOf(name);
	return siblings.find((sibling) => sibling !== name && skeletonOf(sibling) === skeleton);
}

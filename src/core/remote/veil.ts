import { hideShapes } from "../redact.ts";

/**
 * Secrets out of what leaves the machine: the known shapes, values of names that only secrets have, and every long run
 * that looks drawn by lot. What was found in one text of a request is hidden in all of them. What stands there instead
 * holds a few digits of a keyed digest, so that the same one can be told to be the same.
 */
export class Veil {
	private readonly mark: (secret: string) => string;
	private readonly known = new Set<string>();

	/** @param mark a few hex digits for a secret, by a key that never leaves this machine */
	constructor(mark: (secret: string) => string) {
		this.mark = mark;
	}

	/** Looks for secrets in a text that may itself never be shown. */
	learn(text: string): void {
		hideAll(text.slice(0, MAX_TEXT), (_, secret) => {
			for (const piece of secret.split(/[\s"',;:]|\\[nrt]/)) if (isTelling(piece)) this.known.add(piece);
			return "";
		});
	}

	/** Every text that is shown beside this one has to be learned before. Cut to what can be looked at. */
	hide(text: string): string {
		let result = cut(text);
		for (const secret of [...this.known].sort((one, other) => other.length - one.length)) {
			result = result.replaceAll(secret, () => this.label("value", secret));
		}
		return hideAll(result, (kind, secret) => this.label(kind, secret));
	}

	private label(kind: string, secret: string): string {
		return secret.startsWith(LABEL) ? secret : `${LABEL}${kind}:${this.mark(secret)}]`;
	}
}

const LABEL = "[redacted:";
/** More of a text is neither looked at nor shown. Characters. */
const MAX_TEXT = 128 * 1024;

/** Where nothing can be cut through: what straddles the end would not be recognised by its beginning. */
function cut(text: string): string {
	if (text.length <= MAX_TEXT) return text;
	const end = text.lastIndexOf("\n", MAX_TEXT);
	return text.slice(0, Math.max(0, end));
}

type Label = (kind: string, secret: string) => string;

function hideAll(text: string, label: Label): string {
	return hideShapes(
		text.replace(COOKIES, (_, name: string, value: string) => name + label("header", value)),
		label,
	)
		.replace(NAMED, (_, name: string, value: string) => name + label("value", value))
		.replace(RUN, (run) => hideRun(run, label));
}

/** All that is in it, not only the first. */
const COOKIES = /\b((?:set-)?cookie:[ \t]*)([^\r\n"'`]+)/gi;
/** `DB_PASS=…`, `SIGNING_KEY: …`, `?sig=…`: in a file of settings or a query nothing else is called so. */
const NAMED =
	/((?:^|[^A-Za-z0-9_])(?:[A-Z][A-Z0-9_]*_)?(?:KEY|PASS|PWD|AUTH|SALT|CREDENTIALS?|DSN|PASSPHRASE|SECRET|TOKEN|PASSWORD)["']?[ \t]*[=:][ \t]*["']?|[?&](?:sig|signature|key|auth|code|pass|pwd|session)=)([^\s"'&;|`[\]]{6,})/g;
/** `/` parts the names of a path; but base64 holds it too. */
const RUN = /[A-Za-z0-9+/_=~-]{20,}/g;

/** The piece that looks drawn, not the names before and behind it. */
function hideRun(run: string, label: Label): string {
	const pieces = run.split("/");
	let [from, to] = [0, pieces.length];
	while (from < to && isWord(pieces[from])) from++;
	while (to > from && isWord(pieces[to - 1])) to--;
	const middle = pieces.slice(from, to);
	const core = middle.join("/");
	if (
		middle.length > 1 &&
		middle.length <= MAX_SLASHES &&
		isRandom(middle.join(""), core.length === AWS ? 0.33 : 0.42)
	) {
		return [...pieces.slice(0, from), label("random", core), ...pieces.slice(to)].join("/");
	}
	return pieces.map((piece) => (isRandom(piece, 0.4) ? label("random", piece) : piece)).join("/");
}

/** More slashes than base64 of a usual length has. */
const MAX_SLASHES = 8;
/** How long a secret access key is. */
const AWS = 40;

const isWord = (piece = "") => /^[A-Z]?[a-z_-]*$/.test(piece);

/** Long, of several kinds of characters, spread as evenly and changing as often as by lot. @param changing the least share of changes */
function isRandom(run: string, changing: number): boolean {
	if (/^[0-9a-f-]{32,}$/i.test(run)) return entropyOf(run) > 3;
	const bare = run.replace(/[^A-Za-z0-9]/g, "");
	if (bare.length < 18) return false;
	const kinds = KINDS.filter((kind) => kind.test(bare)).length;
	if (kinds === 3) return entropyOf(bare) > 3.4 && (changesOf(bare) >= changing || strangenessOf(bare) >= 0.5);
	if (kinds < 2) return false;
	if (!/[0-9]/.test(bare)) return changesOf(bare) >= 0.4;
	// So long without a break no word with a number in it is.
	const isUnbroken = run.split(/[^A-Za-z0-9]/).some((piece) => piece.length >= 32);
	return entropyOf(bare) > 3.4 && changesOf(bare) >= (isUnbroken ? 0.08 : 0.2);
}

const KINDS = [/[a-z]/, /[A-Z]/, /[0-9]/];

/** How many of its neighbours are of different kinds; in words few are. */
function changesOf(run: string): number {
	const kindOf = (character: string) => KINDS.findIndex((kind) => kind.test(character));
	let changes = 0;
	for (let at = 1; at < run.length; at++) if (kindOf(run.charAt(at)) !== kindOf(run.charAt(at - 1))) changes++;
	return changes / (run.length - 1);
}

/** How much of it is in no part that could be a word or a year. */
const strangenessOf = (run: string) => run.replace(/[A-Z]?[a-z]{3,}|(?:19|20)\d\d/g, "").length / run.length;

/** Bits a character. */
function entropyOf(run: string): number {
	const counts = new Map<string, number>();
	for (const character of run) counts.set(character, (counts.get(character) ?? 0) + 1);
	let bits = 0;
	for (const count of counts.values()) bits -= (count / run.length) * Math.log2(count / run.length);
	return bits;
}

/** A word that a secret happens to be, or a number, would take half of a text with it. */
const isTelling = (piece: string) =>
	piece.length >= 16 ||
	(piece.length >= 8 && (/[0-9].*[A-Za-z]|[A-Za-z].*[0-9]/.test(piece) || changesOf(piece) >= 0.35));

import { redact } from "../redact.ts";

/**
 * Secrets out of a text that leaves the machine: the known shapes, and every long run that looks drawn by lot. What is
 * taken out is named by a few digits of its keyed digest, so that the same one can be told to be the same.
 * @param mark a few hex digits for a secret, by a key that never leaves this machine
 */
export function veil(text: string, mark: (secret: string) => string): string {
	return redact(text).replace(RUN, (run) => (looksDrawn(run) ? `[redacted:${mark(run)}]` : run));
}

/** `/` and `.` part the names of a path; a token may hold the first, so it is looked at with and without. */
const RUN = /[A-Za-z0-9+/_=~-]{20,}/g;

function looksDrawn(run: string): boolean {
	const pieces = run.split("/");
	if (pieces.some((piece) => piece.length >= 20 && isRandom(piece))) return true;
	// A base64 text with a few slashes: long pieces that no folder is called by.
	return run.length >= 32 && pieces.length <= 4 && isRandom(run.replaceAll("/", "")) && !pieces.every(isName);
}

/** Letters of both cases and digits, or hex, spread as evenly as by lot. */
function isRandom(run: string): boolean {
	if (/^[0-9a-f-]{32,}$/i.test(run)) return entropyOf(run) > 3;
	const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/].filter((kind) => kind.test(run)).length;
	if (kinds === 3) return entropyOf(run) > 3.6;
	return kinds === 2 && /[0-9]/.test(run) && entropyOf(run) > 3.9;
}

/** `PaymentForm2`, `node_modules`, `v1`: letters first, at most a few digits. */
const isName = (piece: string) => /^[A-Za-z_-]*[0-9]{0,3}$/.test(piece);

/** Bits a character. */
function entropyOf(run: string): number {
	const counts = new Map<string, number>();
	for (const character of run) counts.set(character, (counts.get(character) ?? 0) + 1);
	let bits = 0;
	for (const count of counts.values()) bits -= (count / run.length) * Math.log2(count / run.length);
	return bits;
}

import { timingSafeEqual } from "node:crypto";

/** In a time that says nothing of how much of a guess was right. */
export function isSameText(given: string, expected: string): boolean {
	const [one, other] = [Buffer.from(given), Buffer.from(expected)];
	return one.byteLength === other.byteLength && timingSafeEqual(one, other);
}

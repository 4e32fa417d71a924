import { sha256 } from "../base/hash.ts";
import { splitLines } from "../core/audit/verify.ts";

/** No record begins so: its members are in canonical order, and none has this name. */
const PRIVATE = '{"details":';

export interface JournalLines {
	readonly records: string[];
	/** The private halves, as they were bound, by their SHA-256. */
	readonly details: Map<string, string>;
	/** Behind the last newline. */
	readonly rest: Uint8Array;
}

/**
 * A journal holds records and, each before the record that names its digest, private lines: one write, one sync, and no
 * beginning of the file has a record without its private half. They are never published, and can be erased.
 */
export function splitJournal(bytes: Uint8Array): JournalLines {
	const { lines, rest } = splitLines(bytes);
	const records: string[] = [];
	const details = new Map<string, string>();
	for (const line of lines) {
		const found = privateOf(line);
		if (found === undefined) records.push(line);
		else details.set(sha256(found), found);
	}
	return { records, details, rest };
}

/** Of the records: what is published, to the byte. */
export const joinLines = (lines: readonly string[]): Buffer =>
	Buffer.concat(lines.map((line) => Buffer.from(`${line}\n`)));

export const privateLine = (details: string) => `${PRIVATE}${details}}\n`;

/** What a private line holds; undefined of a record. */
export const privateOf = (line: string): string | undefined =>
	line.startsWith(PRIVATE) ? line.slice(PRIVATE.length, -1) : undefined;

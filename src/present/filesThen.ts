import { messageOf } from "../base/errors.ts";
import type { FilePort } from "../core/ports.ts";
import { MAX_SIZE } from "./diffText.ts";
import { escapeLine } from "./escape.ts";

/** What is at a path: bytes, nothing (null), or what cannot be compared, in words that follow "is". */
export type There = { readonly bytes: Uint8Array | null } | { readonly words: string };

export const NOTHING: There = { bytes: null };

/** What a change leaves at a path; `from`: what was there. */
type Step =
	| { readonly to: string; readonly from?: undefined; readonly there: There }
	| { readonly to: string; readonly from: string };

/** All of them together are read up to here: more would be held, and drawn, at once. Bytes. */
const MAX_TOTAL = 16 * 1024 * 1024;

/** The files as they are now, and as they would be after each of several changes. Nothing is changed. */
export class FilesThen {
	private readonly files: Pick<FilePort, "read" | "hash" | "list">;
	private readonly steps: Step[] = [];
	private room = MAX_TOTAL;

	constructor(files: Pick<FilePort, "read" | "hash" | "list">) {
		this.files = files;
	}

	put(path: string, there: There): void {
		this.steps.push({ to: path, there });
	}

	move(from: string, to: string): void {
		this.steps.push({ from, to });
	}

	/** Looked for backwards through the changes so far, by the name that it had before each of them. */
	async at(name: string): Promise<There> {
		let path = name;
		for (const step of [...this.steps].reverse()) {
			const before = beforeStep(path, step);
			if (typeof before !== "string") return before;
			path = before;
		}
		return this.now(path);
	}

	/** Whether there is still room for so many bytes; then they are counted. */
	takes(size: number): boolean {
		if (size > MAX_SIZE || size > this.room) return false;
		this.room -= size;
		return true;
	}

	private async now(path: string): Promise<There> {
		try {
			const found = await this.files.hash(path);
			if (found === null) return NOTHING;
			if (!this.takes(found.size)) return { words: tooMuch(found) };
			return { bytes: await this.files.read(path) };
		} catch (error) {
			return { words: (await this.listed(path)) ?? `not to be read: ${escapeLine(messageOf(error))}` };
		}
	}

	private async listed(path: string): Promise<string | undefined> {
		const found = await this.files.list(path).catch(() => undefined);
		if (!found) return undefined;
		// It is listed as itself, alone.
		if (found.entries === 1) return "no file: a link, an empty folder, or a device";
		return `a folder: ${found.entries} entries, ${found.bytes} bytes`;
	}
}

/** What a step leaves at the path; or, if that is nothing of its own, what the path was called before it. */
function beforeStep(path: string, { to, from, ...step }: Step): There | string {
	if ("there" in step && to === path) return step.there;
	if (isIn(path, to)) return from === undefined ? NOTHING : from + path.slice(to.length);
	const touched = from === undefined ? [to] : [to, from];
	if (from !== undefined && isIn(path, from)) return NOTHING;
	return touched.some((one) => isIn(one, path)) ? { words: CHANGED } : path;
}

const CHANGED = "a folder, with what the changes above make of it";

const isIn = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);

export const tooMuch = ({ size, sha256 }: { readonly size: number; readonly sha256: string }) =>
	`too much to be compared here: ${size} bytes, sha256 ${sha256}`;

import { write } from "node:fs";

/**
 * Rows to a terminal: only those that changed, in one piece, and never waiting for a terminal that does not read. What
 * was drawn meanwhile is left out: the latest counts.
 */
export class FrameWriter {
	private readonly descriptor: number;
	private shown: readonly string[] = [];
	private wanted: readonly string[] | undefined;
	private isWriting = false;

	constructor(descriptor: number) {
		this.descriptor = descriptor;
	}

	/** @param rows with colours, each as it is to stand from the left edge */
	show(rows: readonly string[]): void {
		this.wanted = rows;
		if (!this.isWriting) this.send();
	}

	/** What is on the screen is not known any more. */
	forget(): void {
		this.shown = [];
	}

	private send(): void {
		const rows = this.wanted;
		this.wanted = undefined;
		if (!rows) return;
		const text = changesOf(this.shown, rows);
		this.shown = rows;
		if (text !== "") this.write(Buffer.from(text));
	}

	private write(bytes: Buffer): void {
		this.isWriting = true;
		write(this.descriptor, bytes, (error, written) => {
			if (error?.code === "EAGAIN") setTimeout(() => this.write(bytes), 20);
			else if (!error && written < bytes.byteLength) this.write(bytes.subarray(written));
			else {
				this.isWriting = false;
				this.send();
			}
		});
	}
}

/** Each row at its own place, so that one that a terminal draws wider than we think moves no other. */
function changesOf(before: readonly string[], rows: readonly string[]): string {
	const changed = rows.flatMap((row, at) => (row === before[at] ? [] : [`\x1b[${at + 1};1H${row}\x1b[0m\x1b[K`]));
	const isLess = rows.length < before.length || before.length === 0;
	if (changed.length === 0 && !isLess) return "";
	return `\x1b[?2026h${isLess ? "\x1b[2J" : ""}${(isLess ? rows.map((row, at) => `\x1b[${at + 1};1H${row}\x1b[0m`) : changed).join("")}\x1b[?2026l`;
}

import { write } from "node:fs";
import { setTimeout } from "node:timers/promises";

/** How long the end of a frame is waited for, and how often it is looked. Ms. */
const PATIENCE = 500;
const LOOK = 5;

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

	/** Nothing more is drawn until the next frame, and what was being drawn is. A terminal that does not read is not waited for. */
	async idle(): Promise<void> {
		this.wanted = undefined;
		for (let waited = 0; this.isWriting && waited < PATIENCE; waited += LOOK) await setTimeout(LOOK);
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
			if (error?.code === "EAGAIN") void setTimeout(20).then(() => this.write(bytes));
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
	const isAnew = before.length !== rows.length;
	const changed = rows.flatMap((row, at) =>
		row === before[at] && !isAnew ? [] : [`\x1b[${at + 1};1H\x1b[2K${row}\x1b[0m`],
	);
	if (changed.length === 0) return "";
	return `\x1b[?2026h${isAnew ? "\x1b[2J" : ""}${changed.join("")}\x1b[?2026l`;
}

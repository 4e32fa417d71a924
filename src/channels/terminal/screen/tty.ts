import { writeSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import type { ReadStream, WriteStream } from "node:tty";
import { FrameWriter } from "./frame.ts";
import { type Key, KeyReader } from "./keys.ts";
import type { Size } from "./state.ts";

/** Another screen, no mark, no line broken by the terminal, pastes told as such. */
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h";
const LEAVE = "\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l";
const STDOUT = 1;
/** An escape that nothing follows by then was the key. Ms. */
const ESCAPE_ALONE = 50;

export interface Heard {
	readonly key: (key: Key) => void;
	readonly resize: (size: Size) => void;
	/** It is ours again, and empty. */
	readonly back: () => void;
}

/** A terminal as a whole screen. Whatever ends this process, it is given back as it was. */
export class Tty {
	private readonly input: ReadStream;
	private readonly output: WriteStream;
	private readonly heard: Heard;
	private readonly frames: FrameWriter;
	private readonly keys = new KeyReader();
	private readonly decoder = new StringDecoder("utf8");
	private timer: NodeJS.Timeout | undefined;
	private isOurs = false;

	constructor(input: ReadStream, output: WriteStream, heard: Heard) {
		this.input = input;
		this.output = output;
		this.heard = heard;
		this.frames = new FrameWriter(STDOUT);
		process.on("exit", this.leave);
		process.on("SIGCONT", this.comeBack);
		process.on("SIGTSTP", this.onStop);
		output.on("resize", this.resized);
		input.on("data", this.read);
		this.enter();
	}

	get size(): Size {
		return { columns: this.output.columns || 80, rows: this.output.rows || 24 };
	}

	show(rows: readonly string[]): void {
		if (this.isOurs) this.frames.show(rows);
	}

	/** The whole screen anew, whatever stands there. */
	redraw(): void {
		this.frames.forget();
	}

	/** To the shell, until it brings us back. Where there is none to do that, at once. */
	readonly suspend = async (): Promise<void> => {
		await this.frames.idle();
		this.leave();
		process.off("SIGTSTP", this.onStop);
		process.kill(0, "SIGTSTP");
		setTimeout(() => {
			process.on("SIGTSTP", this.onStop);
			this.comeBack();
		}, 0);
	};

	private readonly onStop = (): void => void this.suspend();

	private enter(): void {
		if (this.isOurs) return;
		this.isOurs = true;
		this.input.setRawMode(true);
		this.input.resume();
		this.say(ENTER);
		this.frames.forget();
	}

	private readonly leave = (): void => {
		if (!this.isOurs) return;
		this.isOurs = false;
		this.say(LEAVE);
		try {
			this.input.setRawMode(false);
		} catch {
			// A terminal that is gone has nothing to be restored.
		}
	};

	/** The shell may have set the terminal as it likes it. */
	private readonly comeBack = (): void => {
		this.leave();
		this.enter();
		this.resized();
		this.heard.back();
	};

	private readonly resized = (): void => this.heard.resize(this.size);

	private readonly read = (chunk: Buffer): void => {
		clearTimeout(this.timer);
		for (const key of this.keys.read(this.decoder.write(chunk))) this.heard.key(key);
		if (!this.keys.isOpen) return;
		this.timer = setTimeout(() => {
			for (const key of this.keys.flush()) this.heard.key(key);
		}, ESCAPE_ALONE);
	};

	/** At once: it may be the last thing that this process does. */
	private say(text: string): void {
		try {
			writeSync(STDOUT, text);
		} catch {
			// A terminal that is gone has nothing to be restored.
		}
	}

	async release(): Promise<void> {
		clearTimeout(this.timer);
		await this.frames.idle();
		this.leave();
		process.off("exit", this.leave);
		process.off("SIGCONT", this.comeBack);
		process.off("SIGTSTP", this.onStop);
		this.output.off("resize", this.resized);
		this.input.off("data", this.read);
	}
}

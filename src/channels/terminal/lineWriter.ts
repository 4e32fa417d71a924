import { write } from "node:fs";

/**
 * Lines to a descriptor, in order, without ever waiting for the one who reads: on a pipe `process.stdout` may block the
 * whole process, and with it every agent.
 */
export class LineWriter {
	private readonly descriptor: number;
	private readonly queue: string[] = [];
	private writing = false;
	private ended = false;

	constructor(descriptor: number) {
		this.descriptor = descriptor;
	}

	line(text: string): void {
		if (this.ended) return;
		this.queue.push(`${text}\n`);
		if (this.writing) return;
		this.writing = true;
		// Behind the answers to agents that are on their way right now; a burst of lines is one write.
		setImmediate(() => this.next());
	}

	private next(): void {
		const text = this.queue.splice(0).join("");
		this.writing = text !== "";
		if (this.writing) this.send(Buffer.from(text));
	}

	private send(bytes: Buffer): void {
		write(this.descriptor, bytes, (error, written) => {
			if (error?.code === "EAGAIN") setTimeout(() => this.send(bytes), 20);
			else if (error) this.ended = true;
			else if (written < bytes.byteLength) this.send(bytes.subarray(written));
			else this.next();
		});
	}
}

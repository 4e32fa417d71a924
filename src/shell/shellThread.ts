import { once } from "node:events";
import { resolve } from "node:path";
import { Worker } from "node:worker_threads";
import { oneByOne } from "../base/oneByOne.ts";
import type { ShellReading } from "../core/policy/shell.ts";

/** Its own limit is a second of work; this one is for a start on a busy machine, and for what never ends. Ms. */
const WITHIN = 10_000;

/**
 * Reads texts in a thread, one after the other. A thread whose parser failed, or that had to give a text up, is ended with
 * all that it held, and the next text gets a new one.
 * @param dir where shellThread.js and the .wasm files lie
 * @returns reads a text, undefined when it was given up; rejects when the parser failed over it
 */
export function shellThread(dir: string, withinMs = WITHIN): (command: string) => Promise<ShellReading | undefined> {
	let idle: Worker | undefined;
	const inTurn = oneByOne();

	function start(): Worker {
		const worker = new Worker(resolve(dir, "shellThread.js"), { workerData: dir, stderr: true });
		// A parser that aborts prints so, which is for nobody's terminal. Nobody waits for the thread when the process ends.
		worker.unref();
		// What it says when nobody asked harms nobody.
		worker.on("error", () => undefined);
		worker.once("exit", () => {
			if (idle === worker) idle = undefined;
		});
		return worker;
	}

	async function read(command: string): Promise<ShellReading | undefined> {
		const worker = idle ?? start();
		idle = undefined;
		try {
			const reading = await answerOf(worker, command, withinMs);
			if (reading) idle = worker;
			return reading;
		} finally {
			if (!idle) await worker.terminate();
		}
	}

	return (command) => inTurn(() => read(command));
}

async function answerOf(worker: Worker, command: string, withinMs: number): Promise<ShellReading | undefined> {
	const over = new AbortController();
	const timer = setTimeout(() => over.abort(), withinMs);
	const { signal } = over;
	const answered = once(worker, "message", { signal });
	const ended = once(worker, "exit", { signal }).then(([code]) => {
		throw new Error(`its thread ended with ${code}`);
	});
	worker.postMessage(command);
	try {
		const [reading] = await Promise.race([answered, ended]);
		return reading;
	} catch (error) {
		if (signal.aborted) return undefined;
		throw error;
	} finally {
		clearTimeout(timer);
		over.abort();
	}
}

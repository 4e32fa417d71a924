import { parentPort, workerData } from "node:worker_threads";
import { MAX_TIME_APART } from "./limits.ts";

/** The program of the thread: a text comes in, what it reads goes out. What it throws ends it, and the other side is told. */
const opened = import("./openShell.ts").then(({ openShell }) => openShell(workerData, MAX_TIME_APART));

parentPort?.on("message", async (command: string) => {
	const reading = (await opened)(command);
	// What is found when it is asked for does not travel by itself.
	parentPort?.postMessage(reading && { commands: reading.commands, plain: reading.plain, notes: reading.notes });
});

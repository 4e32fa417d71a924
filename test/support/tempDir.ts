import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A fresh directory, gone when this process ends.
 * The path is real: agents resolve links before they tell a hook where they are, and a test compares the two.
 */
export function tempDir(prefix = "countersign-"): string {
	const directory = mkdtempSync(join(realpathSync(tmpdir()), prefix));
	atExit(() => rmSync(directory, { recursive: true, force: true, maxRetries: 2 }));
	return directory;
}

const actions: (() => void)[] = [];

/** Runs the action when this process ends, the latest first: what a test started is stopped before its files go. */
export function atExit(action: () => void): void {
	if (actions.length === 0) {
		process.once("exit", runActions);
		// Vitest ends its workers by SIGTERM, and a signal alone would skip the exit handlers.
		for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => process.exit(1));
	}
	actions.push(action);
}

function runActions(): void {
	for (const action of actions.reverse()) {
		try {
			action();
		} catch {
			// A process that outlives the test may still write there; a left-over must not fail the run.
		}
	}
}

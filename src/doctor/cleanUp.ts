const actions = new Set<() => void>();
let isListening = false;

/**
 * What must not outlive doctor, however it ends: programs that it started, folders that it made. Returns what does the
 * action now, once.
 */
export function untilDone(action: () => void): () => void {
	actions.add(action);
	if (!isListening) {
		isListening = true;
		process.once("exit", cleanUp);
		for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(130));
	}
	return () => {
		if (!actions.delete(action)) return;
		try {
			action();
		} catch {
			// Something still writes there: at the very end it does not.
			actions.add(action);
		}
	};
}

/** The latest first: programs are stopped before their folders go. */
function cleanUp(): void {
	for (const action of [...actions].reverse()) {
		try {
			action();
		} catch {
			// What is left over must not keep the rest from being cleaned up.
		}
	}
}

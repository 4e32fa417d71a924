let isInstalling = false;
let askedAt: number | undefined;

/** Ctrl+C ends this process; its exit handlers end the editor, and then remove the files. */
export function endOnSignals(): void {
	for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
		// Whoever makes a temporary folder ends on a signal, at once and as a failure.
		process.removeAllListeners(signal);
		process.on(signal, () => {
			// npm passes on what the terminal has sent already: the same key, twice.
			const isRepeated = askedAt !== undefined && Date.now() - askedAt > 1_000;
			if (!isInstalling || isRepeated) process.exit(0);
			if (askedAt === undefined) console.log("Stopping the installation, and removing what is there of it.");
			askedAt ??= Date.now();
		});
	}
}

/** Lets an installation clear up behind itself: it fails by the same Ctrl+C. */
export async function installing<T>(work: Promise<T>): Promise<T> {
	isInstalling = true;
	try {
		return await work;
	} finally {
		isInstalling = false;
		if (askedAt !== undefined) process.exit(0);
	}
}

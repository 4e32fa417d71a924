/**
 * Whether this process has worked for `ms` since it was made: on a machine with much else to do nobody runs out of time.
 * The clock is asked first, since what the process has worked costs more to ask.
 */
export function timeLimit(ms: number): () => boolean {
	const workedUntil = worked() + ms;
	let until = performance.now() + ms;
	return () => {
		const now = performance.now();
		if (now < until) return false;
		const left = workedUntil - worked();
		until = now + left;
		return left <= 0;
	};
}

function worked(): number {
	const { user, system } = process.cpuUsage();
	return (user + system) / 1000;
}

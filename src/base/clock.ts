/** Time as the core sees it. */
export interface Clock {
	/** Wall time in ms since 1970, for people to read. Never used to order or to decide. */
	now(): number;
	/** Ms that only go forward, for durations. */
	monotonic(): number;
}

let last = { ms: Number.NaN, text: "" };

/** ISO 8601, UTC, milliseconds. A free read asks twice for the same one, and to write it is a tenth of what it costs. */
export function isoTime(ms: number): string {
	if (ms !== last.ms) last = { ms, text: new Date(ms).toISOString() };
	return last.text;
}

export const systemClock: Clock = {
	now: () => Date.now(),
	monotonic: () => performance.now(),
};

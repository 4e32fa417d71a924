/** Time as the core sees it. */
export interface Clock {
	/** Wall time in ms since 1970, for people to read. Never used to order or to decide. */
	now(): number;
	/** Ms that only go forward, for durations. */
	monotonic(): number;
}

export const systemClock: Clock = {
	now: () => Date.now(),
	monotonic: () => performance.now(),
};

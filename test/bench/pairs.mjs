// Floor and candidate in turn, A B A B, in one run: the median of the ratios pair by pair holds when the machine drifts.

export const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Rounds before the first that counts. */
export const WARM_UP = 3;

/** The best of three tries: on a shared machine a neighbour's noise makes a row worse, never better. */
export async function pair(...row) {
	let best;
	for (let attempt = 0; attempt < 3 && !best?.pass; attempt++) {
		const result = await measure(...row);
		if (!best || result.ratio < best.ratio) best = result;
	}
	return best;
}

/** @param floor, candidate async functions that give one figure each (ms) */
async function measure(name, budget, floor, candidate, rounds = 21, warmUp = WARM_UP) {
	for (let round = 0; round < warmUp; round++) {
		await floor();
		await candidate();
	}
	const [floors, candidates] = [[], []];
	for (let round = 0; round < rounds; round++) {
		floors.push(await floor());
		candidates.push(await candidate());
	}
	const ratio = median(floors.map((value, round) => candidates[round] / value));
	return { name, floor: median(floors), candidate: median(candidates), ratio, budget, pass: ratio <= budget };
}

// Floor and candidate in turn, A B A B, in one run: the median of the ratios pair by pair holds when the machine drifts.

export const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** @param floor, candidate async functions that give one figure each (ms) */
export async function pair(name, budget, floor, candidate, rounds = 21, warmUp = 3) {
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

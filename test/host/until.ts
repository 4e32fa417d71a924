/** The first answer that is not undefined. @throws Error after `ms` */
export async function until<T>(ask: () => T | undefined | Promise<T | undefined>, ms = 15_000): Promise<T> {
	for (const end = Date.now() + ms; Date.now() < end; await new Promise((again) => setTimeout(again, 50))) {
		const answer = await ask();
		if (answer !== undefined) return answer;
	}
	throw new Error(`It did not become true within ${ms} ms: ${ask}`);
}

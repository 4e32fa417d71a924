import type { Request } from "./request.ts";

/** Something has waited so long that its people are told once more. */
export interface Reminder {
	/** Everything that waits, oldest first. */
	readonly requests: readonly Request[];
	/** How long the oldest has waited, ms. */
	readonly oldest: number;
	/** Which step of the policy's ladder it has reached, from 1. */
	readonly step: number;
}

/**
 * The ladder of `remind_after`: one reminder a step for all that waits together, not one a request. It decides nothing.
 */
export class Reminders {
	/** Of each waiting request, how many steps were told, by a reminder of its own or of another that it was told with. */
	private readonly told = new Map<string, number>();

	/**
	 * @param waiting with their ages, ms
	 * @param steps ms, ascending
	 */
	due(
		waiting: readonly { readonly request: Request; readonly age: number }[],
		steps: readonly number[],
	): Reminder | undefined {
		const ids = new Set(waiting.map(({ request }) => request.id));
		for (const id of this.told.keys()) if (!ids.has(id)) this.told.delete(id);
		const reached = (age: number) => steps.filter((step) => step <= age).length;
		const late = waiting.filter(({ request, age }) => reached(age) > (this.told.get(request.id) ?? 0));
		if (late.length === 0) return undefined;
		// Who hears of one hears of all: what has not reached its next step yet need not be told at it again.
		for (const { request, age } of waiting) {
			const own = reached(age);
			this.told.set(
				request.id,
				Math.max(this.told.get(request.id) ?? 0, late.some((one) => one.request === request) ? own : own + 1),
			);
		}
		const sorted = [...waiting].sort((one, other) => other.age - one.age);
		return {
			requests: sorted.map(({ request }) => request),
			oldest: sorted[0]?.age ?? 0,
			step: Math.max(...late.map(({ age }) => reached(age))),
		};
	}
}

import type { Reviewer } from "../../core/gateTypes.ts";
import type { Item } from "../gates/windowGates.ts";
import type { Reviews } from "../review/reviews.ts";

/** Asks to have put back what a decided request changed, and opens that for reading. Nothing is changed by it. */
export async function revert({ gate, request }: Item, reviews: Reviews, reviewer: Reviewer): Promise<void> {
	await reviews.open(await gate.revert(request.id, reviewer));
}

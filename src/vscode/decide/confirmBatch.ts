import { summaryText } from "../../present/describe.ts";
import { argumentsText } from "../../present/document.ts";
import { agentOf } from "../../present/words.ts";
import { askPerson } from "../askPerson.ts";
import type { Item } from "../gates/windowGates.ts";

/** All of them fit into a dialog, to the last character. */
const MAX_DETAIL = 4000;

/** Each in full; undefined: they do not fit, and what is cut off is not approved. */
export function batchText(items: readonly Item[]): string | undefined {
	const lines = items.map(({ request }, index) => {
		const isFile = request.plan.targets.length > 0;
		const what = isFile ? summaryText(request) : argumentsText(request);
		return `${index + 1}. ${what}  [${request.binding.slice(0, 8)}]`;
	});
	const text = lines.join("\n");
	return text.length <= MAX_DETAIL ? text : undefined;
}

export function confirmBatch(items: readonly Item[], text: string): Promise<"yes" | "harmless" | undefined> {
	const agents = [...new Set(items.map(({ request }) => agentOf(request)))].join(", ");
	const buttons = { harmless: "Look Again", yes: `Approve These ${items.length}` };
	return askPerson(`Let ${agents} do these ${items.length}?`, text, buttons);
}

import { getNodeValue } from "jsonc-parser";
import { Problem } from "../protocol/problem.ts";
import type { Fault } from "./agentCanary.ts";
import { parseObject } from "./jsonText.ts";

/** What is wrong with a settings file that an agent reads besides the one with our hooks. */
export function settingsFaults(
	name: string,
	text: string,
	{ comments }: { comments: boolean },
	turnedOff: (settings: Readonly<Record<string, unknown>>) => string | undefined,
): readonly Fault[] {
	if (text.trim() === "") return [];
	try {
		const off = turnedOff(getNodeValue(parseObject(text, { comments })) as Record<string, unknown>);
		return off === undefined ? [] : [{ level: "slips", says: `${off}: ${name} then calls no hook.` }];
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		return [{ level: "warn", says: `${error.message}; ${name} ignores the file whole.` }];
	}
}

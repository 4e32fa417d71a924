import { applyEdits, modify, parseTree } from "jsonc-parser";
import type { Json } from "../base/canonicalJson.ts";

/** Undefined takes a setting away. */
export type Quiet = readonly (readonly [path: readonly string[], value: Json | undefined])[];

/**
 * A copy of a settings file in which these are different, and every other byte is not: the canary asks our model, and starts
 * no server that a person has configured. What cannot be read stays as it is, so that the agent shows what it makes of it.
 */
export function quietened(text: string, settings: Quiet): string {
	if (parseTree(text)?.type !== "object") return text;
	const formattingOptions = { insertSpaces: true, tabSize: 2 };
	return settings.reduce((now, [path, value]) => {
		const root = parseTree(now);
		const isThere = root?.children?.some((property) => property.children?.[0]?.value === path[0]);
		if (value === undefined && !isThere) return now;
		return applyEdits(now, modify(now, [...path], value, { formattingOptions }));
	}, text);
}

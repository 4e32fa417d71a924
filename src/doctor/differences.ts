import { parse } from "jsonc-parser";
import { ourCommand } from "../adapters/hookCommand.ts";

type Groups = Readonly<Record<string, readonly unknown[]>>;

/** In what our hooks in a settings file differ from what `connect` would write: a clause each, by event. */
export function hookDifferences(agent: string, found: string, wanted: string): string[] {
	const [there, due] = [ourGroups(agent, found), ourGroups(agent, wanted)];
	return Object.entries(due).flatMap(([event, [group]]) => {
		const [first, ...more] = there[event] ?? [];
		if (first === undefined) return [`${event} has no hook of ours`];
		if (more.length > 0) return [`${event} has our hook twice`];
		return valueDifferences(first, group).map((what) => `${event}: ${what}`);
	});
}

function ourGroups(agent: string, text: string): Groups {
	const { hooks } = (parse(text) ?? {}) as { hooks?: Groups };
	const isOurs = (group: unknown) => ourCommand(agent).test(JSON.stringify(group));
	const events = Object.entries(hooks ?? {}).map(([event, groups]) => [
		event,
		Array.isArray(groups) ? groups.filter(isOurs) : [],
	]);
	return Object.fromEntries(events.filter(([, groups]) => (groups?.length ?? 0) > 0));
}

/** A leaf each: what it is, and what it should be. */
function valueDifferences(found: unknown, wanted: unknown, name = ""): string[] {
	if (JSON.stringify(found) === JSON.stringify(wanted)) return [];
	if (isObject(found) && isObject(wanted)) {
		const keys = [...new Set([...Object.keys(wanted), ...Object.keys(found)])];
		return keys.flatMap((key) => valueDifferences(found[key], wanted[key], /^\d+$/.test(key) ? name : key));
	}
	if (wanted === undefined) return [`"${name}" does not belong there`];
	return [`"${name}" is ${found === undefined ? "missing" : JSON.stringify(found)}, not ${JSON.stringify(wanted)}`];
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
	value !== null && typeof value === "object";

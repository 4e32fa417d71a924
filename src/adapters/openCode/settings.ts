import type { Node } from "jsonc-parser";
import { Problem } from "../../protocol/problem.ts";
import { fault, inserted, member, parseObject, removed } from "../jsonText.ts";

/**
 * The floor under the plugin, in opencode.json: where it is not loaded, OpenCode itself asks before every tool. It stands
 * first, since of several rules that match the last one counts. The comment tells that it is ours, and whether it was put
 * into permissions that were there (PART) or came with permissions of its own (WHOLE).
 */
const PART = '"*": "ask" /* Countersign, below your own */';
const WHOLE = '"*": "ask" /* Countersign */';

/** @throws Problem naming the line, where everything is allowed already */
export function withFloor(text: string): string {
	const before = text.trim() === "" ? "{\n}\n" : text;
	const root = read(before);
	const permission = member(before, root, "permission");
	if (!permission) {
		const placeholder = "COUNTERSIGN-FLOOR";
		const added = inserted(before, root, { [placeholder]: "ask" }, "permission");
		return added.replace(new RegExp(`"${placeholder}": ?"ask"`), WHOLE);
	}
	if (permission.type === "string") return asking(before, permission);
	if (permission.type !== "object") throw fault(before, permission.offset, 'has "permission" that is not an object');
	const all = member(before, permission, "*");
	if (all) return asking(before, all);
	const at = permission.offset + 1;
	const [space = ""] = /^\s*/.exec(before.slice(at)) ?? [];
	const floor = permission.children?.length ? `${space}${PART},` : PART;
	return before.slice(0, at) + floor + before.slice(at);
}

/** What `withFloor` added is taken out to the byte. */
export function withoutFloor(text: string): string {
	if (text === withFloor("")) return "";
	const part = text.indexOf(PART);
	if (part >= 0) {
		const end = part + PART.length;
		const start = text.slice(0, part).trimEnd().length;
		return text[end] === "," ? text.slice(0, start) + text.slice(end + 1) : text.slice(0, part) + text.slice(end);
	}
	const pair = text.includes(WHOLE) ? member(text, read(text), "permission")?.parent : undefined;
	if (!pair) return text;
	const own = pair.children?.[1]?.children ?? [];
	// Rules that were put beside it since stay.
	return own.length > 1 && own[0] ? removed(text, own[0]) : removed(text, pair);
}

function asking(text: string, value: Node): string {
	if (value.value === "ask" || value.value === "deny") return text;
	throw fault(text, value.offset, "allows every tool that no other rule names. Take that out first.");
}

function read(text: string): Node {
	try {
		return parseObject(text, { comments: true });
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		throw new Problem("bad_request", `${error.message}. Mend it first.`);
	}
}

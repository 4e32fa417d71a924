import { MAX_REASON } from "../../../present/reasons.ts";
import type { Key } from "./keys.ts";

/** A line that a person writes, by code points. */
export interface Written {
	readonly text: string;
	readonly at: number;
}

export const EMPTY: Written = { text: "", at: 0 };

/** The line after a key that is not Enter or Escape. What is pasted becomes one line. */
export function edit({ text, at }: Written, key: Key): Written {
	const points = [...text];
	switch (key.name) {
		case "left":
			return { text, at: Math.max(0, at - 1) };
		case "right":
			return { text, at: Math.min(points.length, at + 1) };
		case "home":
			return { text, at: 0 };
		case "end":
			return { text, at: points.length };
		case "clear":
			return EMPTY;
		case "backspace":
			return at === 0 ? { text, at } : { text: points.toSpliced(at - 1, 1).join(""), at: at - 1 };
		case "delete":
			return { text: points.toSpliced(at, 1).join(""), at };
		default: {
			const typed = [...key.text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ")].slice(0, MAX_REASON - points.length);
			return { text: points.toSpliced(at, 0, ...typed).join(""), at: at + typed.length };
		}
	}
}

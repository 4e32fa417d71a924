import { readFileSync } from "node:fs";

/** What a page of docs/ gives its reader to copy, by its language, in its order. */
export function docBlocks(page: string, language: string): string[] {
	const text = readFileSync(`docs/${page}`, "utf8");
	return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(([, found, body = ""]) =>
		found === language ? [body] : [],
	);
}

/** The value of a JSON text, or undefined: for files of our own, whose schema then says what is wrong. */
export function tryParseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

export function oddText(text: Uint8Array | string): string | undefined {
	return typeof text === "string" && text.includes("\u200b") ? "It holds invisible characters." : undefined;
}

export function neverARule(argv: readonly string[]): string | undefined {
	return argv[0] === "sh" ? "sh is an interpreter: what it runs is in its arguments or its input." : undefined;
}

import { shellQuote } from "../base/shellQuote.ts";

/**
 * The command line that an agent's hook runs. A shell runs it: whatever happens to the program (gone, killed, crashed), it
 * ends in exit 2. The model may be shown this line, so it holds no secret.
 */
export function hookCommand(agent: string, program: string, waitSeconds: number): string {
	return `${shellQuote(program)} ${agent} ${waitSeconds} || { echo 'Countersign did not allow this call.' >&2; exit 2; }`;
}

/** How our own entries are recognised, whatever program they start. */
export const ourCommand = (agent: string): RegExp => new RegExp(` ${agent} \\d+ \\|\\| \\{ echo 'Countersign`);

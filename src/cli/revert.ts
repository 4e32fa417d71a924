import { Problem } from "../protocol/problem.ts";

/**
 * Undoing is a person's, and a person at the gate: whoever could do it from any shell could do it as an agent. So this
 * only says where it is done.
 */
export async function revert(args: string[]): Promise<number> {
	const id = args.find((argument) => !argument.startsWith("-")) ?? "ID";
	throw new Problem(
		"forbidden",
		`Nothing is put back from a command line, which agents have too. In the editor: "Put It Back…" on the request under Decided. In the terminal of countersign serve: r on it in the queue, or revert ${id}. It asks as any change does, and shows what would change.`,
	);
}

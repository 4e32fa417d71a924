import { messageOf } from "../base/errors.ts";
import type { ShellPort } from "../core/policy/shell.ts";
import type { ReadShell } from "./reader.ts";

/**
 * Nothing of the parser is loaded before the first command asks for it. A parser that cannot be loaded, or that fails,
 * understands nothing: everything then waits for a person, and the next command tries it anew.
 * @param dir where the .wasm files lie
 */
export function lazyShell(dir: string, warn: (message: string) => void): ShellPort {
	let opened: Promise<ReadShell> | undefined;
	return {
		read: async (command) => {
			opened ??= import("./openShell.ts").then(({ openShell }) => openShell(dir));
			try {
				return (await opened)(command);
			} catch (error) {
				opened = undefined;
				warn(`A command could not be analysed: ${messageOf(error)}`);
				return undefined;
			}
		},
	};
}

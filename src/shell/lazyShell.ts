import { messageOf } from "../base/errors.ts";
import type { ShellPort, ShellReading } from "../core/policy/shell.ts";
import { isReadable, SHORT_TEXT } from "./limits.ts";
import type { ReadShell } from "./reader.ts";
import { shellThread } from "./shellThread.ts";

/**
 * Nothing of the parser is loaded before the first command asks for it. A parser that cannot be loaded, or that fails,
 * understands nothing: everything then waits for a person, and the next command tries it anew.
 * @param dir where shellThread.js and the .wasm files lie
 */
export function lazyShell(dir: string, warn: (message: string) => void): ShellPort {
	let opened: Promise<ReadShell> | undefined;
	const readHere: (command: string) => Promise<ShellReading | undefined> = async (command) => {
		opened ??= import("./openShell.ts").then(({ openShell }) => openShell(dir));
		try {
			return (await opened)(command);
		} catch (error) {
			opened = undefined;
			throw error;
		}
	};
	const readApart = shellThread(dir);
	return {
		read: async (command) => {
			// What is not read at all takes no thread either.
			const isLong = command.length > SHORT_TEXT && isReadable(command);
			try {
				return await (isLong ? readApart : readHere)(command);
			} catch (error) {
				warn(`A command could not be analysed: ${messageOf(error)}`);
				return undefined;
			}
		},
	};
}

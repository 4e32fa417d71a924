import { openShell } from "../../../src/shell/openShell.ts";

/** The same files that are shipped. */
export const GRAMMARS = "node_modules/@vscode/tree-sitter-wasm/wasm";

export const read = await openShell(GRAMMARS);

export const plainOf = (command: string) => read(command)?.plain;

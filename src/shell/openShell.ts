import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Language, Parser } from "@vscode/tree-sitter-wasm";
import { type ReadShell, shellReader } from "./reader.ts";

/** Loads the parser and its two grammars; reading is synchronous from then on. @param dir where the .wasm files lie */
export async function openShell(dir: string): Promise<ReadShell> {
	await Parser.init({ locateFile: () => join(dir, "tree-sitter.wasm") });
	const [bash, powershell] = await Promise.all(["bash", "powershell"].map((name) => parserOf(dir, name)));
	if (!bash || !powershell) throw new Error("no grammar");
	const read = shellReader(bash, powershell);
	// The first parse compiles the grammars: nobody's command shall run out of time over it.
	read("true");
	return read;
}

async function parserOf(dir: string, name: string): Promise<Parser> {
	const language = await Language.load(await readFile(join(dir, `tree-sitter-${name}.wasm`)));
	return new Parser().setLanguage(language);
}

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Language, Parser } from "@vscode/tree-sitter-wasm";
import { MAX_TIME } from "./limits.ts";
import { type ReadShell, shellReader } from "./reader.ts";

/**
 * Loads the parser and its two grammars; reading is synchronous from then on.
 * @param dir where the .wasm files lie
 */
export async function openShell(dir: string, maxTime = MAX_TIME): Promise<ReadShell> {
	await Parser.init({ locateFile: () => join(dir, "tree-sitter.wasm") });
	const [bash, powershell] = await Promise.all(["bash", "powershell"].map((name) => parserOf(dir, name)));
	if (!bash || !powershell) throw new Error("no grammar");
	// The first parse compiles the grammars: nobody's command shall run out of time over it.
	void shellReader(bash, powershell, Number.POSITIVE_INFINITY)("true && true")?.plain;
	return shellReader(bash, powershell, maxTime);
}

async function parserOf(dir: string, name: string): Promise<Parser> {
	const language = await Language.load(await readFile(join(dir, `tree-sitter-${name}.wasm`)));
	return new Parser().setLanguage(language);
}

import type { Action } from "../../protocol/action.ts";
import type { PathFacts } from "../ports.ts";
import { foldPath } from "./fold.ts";

/** One thing that a request would do, said so exactly that a rule may be compared with it. */
export type Part =
	| {
			readonly tool: "file_read" | "file_write" | "file_delete" | "file_rename";
			/** Every path it is about, in every spelling. */
			readonly paths: readonly string[];
	  }
	| { readonly tool: "shell_execute"; readonly argv: readonly string[]; readonly cwd: string }
	| { readonly tool: "api_call"; readonly method: string; readonly origin: string }
	| {
			readonly tool: "mcp_call";
			readonly server: string;
			readonly name: string;
			readonly arguments: Readonly<Record<string, unknown>>;
	  };

/**
 * What a request would do, part by part. Undefined: not all of it can be told from its text, so no rule covers it.
 * @param plain the argv of each command, when a shell command is nothing but plain words
 */
export function partsOf(
	action: Action,
	paths: readonly PathFacts[],
	cwd: string,
	plain: readonly (readonly string[])[] | undefined,
): Part[] | undefined {
	switch (action.tool) {
		case "file_read":
		case "file_write":
		case "file_delete":
		case "file_rename":
			return fileParts([action], paths);
		case "changes":
			return fileParts(action.changes, paths);
		case "shell_execute": {
			if (Object.keys(action.env ?? {}).length > 0) return undefined;
			const argvs = action.argv ? [action.argv] : plain;
			return argvs?.map((argv) => ({ tool: "shell_execute", argv, cwd }));
		}
		case "api_call": {
			const origin = plainOrigin(action.url);
			if (origin === undefined || Object.entries(action.headers ?? {}).some(isOverriding)) return undefined;
			return [{ tool: "api_call", method: action.method.toUpperCase(), origin }];
		}
		case "mcp_call":
			return [{ tool: "mcp_call", server: action.server, name: action.name, arguments: action.arguments }];
		default:
			return undefined;
	}
}

type FileAction = Extract<Action, { tool: "file_read" | "file_write" | "file_delete" | "file_rename" }>;

/** @param paths in the order of the actions, two of a rename */
function fileParts(actions: readonly Omit<FileAction, "cwd">[], paths: readonly PathFacts[]): Part[] | undefined {
	const parts: Part[] = [];
	let at = 0;
	for (const { tool } of actions) {
		const facts = paths.slice(at, at + (tool === "file_rename" ? 2 : 1));
		at += facts.length;
		// What is there already would be gone: that is no renaming.
		if (tool === "file_rename" && facts[1]?.kind !== "missing") return undefined;
		const spelled = facts.map(plainPaths);
		if (spelled.length === 0 || spelled.includes(undefined)) return undefined;
		parts.push({ tool, paths: spelled.flatMap((each) => each ?? []) });
	}
	return parts;
}

/**
 * A file by its plain name, here and where links lead. A name that could be read as another one, a folder, a link, a
 * device: no rule speaks of those.
 */
function plainPaths({ lexical, canonical, kind, nlink }: PathFacts): string[] | undefined {
	if (kind !== "file" && kind !== "missing") return undefined;
	if (kind === "file" && nlink > 1) return undefined;
	const spelled = lexical === canonical ? [lexical] : [lexical, canonical];
	return spelled.every(isPlain) ? spelled : undefined;
}

const isPlain = (path: string) => /^[\x20-\x7e]+$/.test(path) && foldPath(path) === path.toLowerCase();

/** Another host than the one that is named, another method than the one that is shown, or a second request in the first. */
const isOverriding = ([name, value]: readonly [string, string]) =>
	!/^[A-Za-z0-9-]+$/.test(name) || OVERRIDES.test(name) || !/^[\t\x20-\x7e]*$/.test(value);

const OVERRIDES =
	/^(host|x-(http-)?method.*|(x-)?forwarded.*|x-(original|rewrite|host).*|connection|upgrade|transfer-encoding|content-length)$/i;

/** Of a URL that every reader reads alike: what was given is what it is when written out. */
function plainOrigin(given: string): string | undefined {
	if (!/^https?:\/\/[\x21-\x7e]+$/.test(given) || /[\\@]/.test(given.split(/[?#]/)[0] ?? "")) return undefined;
	if (!URL.canParse(given)) return undefined;
	const { href, origin, username, password } = new URL(given);
	if (username !== "" || password !== "") return undefined;
	return href === given || href === `${given}/` ? origin : undefined;
}

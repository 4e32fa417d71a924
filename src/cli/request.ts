import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { GateClient } from "../endpoint/client.ts";
import { parseWith } from "../endpoint/parse.ts";
import { type Action, actionSchema } from "../protocol/action.ts";
import type { RequestState } from "../protocol/messages.ts";
import { LIMITS } from "../protocol/messages.ts";
import { Problem } from "../protocol/problem.ts";
import { findDiscovery } from "../store/discovery.ts";
import { homeAt } from "../store/home.ts";
import { readArguments, UsageError, workspaceOf } from "./arguments.ts";

const USAGE =
	"countersign request <tool> [--path P] [--content-file F] [--recursive] [--command S] [--url U --method M] [--to T --text S] [--intent S] [--wait-ms N] [--workspace DIR]";

const OPTIONS = {
	path: { type: "string" },
	"content-file": { type: "string" },
	recursive: { type: "boolean" },
	command: { type: "string" },
	url: { type: "string" },
	method: { type: "string" },
	to: { type: "string" },
	text: { type: "string" },
	intent: { type: "string" },
	"wait-ms": { type: "string" },
} as const;

/** Asks from a script and prints the RequestState. Exit code: 0 approved, 1 denied, 3 waiting, 2 anything else. */
export async function request(args: string[]): Promise<number> {
	const { values, positionals } = readArguments(args, OPTIONS, USAGE);
	const [tool] = positionals;
	if (!tool) throw new UsageError(`Which tool?\nUsage: ${USAGE}`);
	const waitMs = values["wait-ms"];
	if (waitMs !== undefined && !/^\d{1,10}$/.test(waitMs))
		throw new UsageError("--wait-ms is a number of milliseconds.");
	const home = homeAt();
	const workspace = workspaceOf(home, values.workspace);
	// A named folder is meant, whatever gate this terminal belongs to.
	const discovery = findDiscovery(home, workspace, values.workspace === undefined ? undefined : "");
	if (!discovery)
		throw new Problem("unavailable", `No gate is running for ${workspace}. Start it there: countersign serve`);
	const client = await GateClient.connect(discovery, { agent: { name: "script" } });
	try {
		const state = (await client.call("request/submit", {
			key: randomUUID(),
			action: await toAction(tool, values, client),
			...(values.intent ? { intent: values.intent } : {}),
			...(waitMs === undefined ? {} : { waitMs: Number(waitMs) }),
		})) as RequestState;
		process.stdout.write(`${JSON.stringify(state)}\n`);
		return exitCodeOf(state);
	} finally {
		client.close();
	}
}

interface Given {
	readonly path?: string | undefined;
	readonly "content-file"?: string | undefined;
	readonly recursive?: boolean | undefined;
	readonly command?: string | undefined;
	readonly url?: string | undefined;
	readonly method?: string | undefined;
	readonly to?: string | undefined;
	readonly text?: string | undefined;
}

/** Paths and commands are relative to where the script stands. */
async function toAction(tool: string, given: Given, client: GateClient): Promise<Action> {
	const { path, recursive, command, url, method, to, text } = given;
	const file = given["content-file"];
	const content = file === undefined ? undefined : await toContent(readFileSync(file), client);
	const hasCwd = path !== undefined || command !== undefined;
	const action = {
		tool,
		path,
		content,
		recursive,
		command,
		url,
		method,
		to,
		text,
		cwd: hasCwd ? process.cwd() : undefined,
	};
	return parseWith(actionSchema, Object.fromEntries(Object.entries(action).filter(([, value]) => value !== undefined)));
}

async function toContent(bytes: Buffer, client: GateClient): Promise<{ base64: string } | { blob: string }> {
	if (bytes.byteLength > LIMITS.message / 2) return { blob: await client.putBlob(bytes) };
	return { base64: bytes.toString("base64") };
}

function exitCodeOf({ status, outcome }: RequestState): number {
	if (status === "waiting") return 3;
	if (status !== "approved") return 1;
	return outcome === "failed" || outcome === "differs" || outcome === "unknown" ? 2 : 0;
}

import { parseArgs } from "node:util";
import { messageOf } from "../../../src/base/errors.ts";

/** Said by whoever started this; the message says what to do instead. */
export class UsageError extends Error {}

export interface Options {
	readonly mode: "headless" | "agent-only" | "desktop" | "browser" | "any editor" | "help";
	/** 0: one that is free. */
	readonly port: number;
}

export const USAGE = `npm start                        opens VS Code, and an agent that asks for five things
npm start -- --desktop           in the VS Code of this machine (the default, when it has one)
npm start -- --browser           in a VS Code from the npm registry, to be opened in a browser
npm start -- --port 8080         the same, at that port of 127.0.0.1
npm start -- --headless          without an editor, in this terminal
npm start -- --agent-only        the agent alone: it waits for the window that F5 opens`;

const options = {
	headless: { type: "boolean" },
	"agent-only": { type: "boolean" },
	desktop: { type: "boolean" },
	browser: { type: "boolean" },
	port: { type: "string" },
	help: { type: "boolean" },
} as const;

/** @throws UsageError */
export function readOptions(args: readonly string[]): Options {
	const values = parse(args);
	if (values.help) return { mode: "help", port: 0 };
	const modes = (["headless", "agent-only", "desktop", "browser"] as const).filter((mode) => values[mode]);
	const [mode, other] = modes;
	if (other) throw new UsageError(`--${mode} and --${other} exclude each other. Give one of them, or none:\n${USAGE}`);
	if (values.port === undefined) return { mode: mode ?? "any editor", port: 0 };
	if (mode !== undefined && mode !== "browser") {
		throw new UsageError(
			`--port is the address of the browser-hosted VS Code; --${mode} has none. Leave one of them out.`,
		);
	}
	return { mode: "browser", port: portOf(values.port) };
}

function parse(args: readonly string[]) {
	try {
		return parseArgs({ args: [...args], options }).values;
	} catch (error) {
		throw new UsageError(`${messageOf(error).split(". ")[0]}. Known are:\n${USAGE}`);
	}
}

function portOf(text: string): number {
	const port = Number(text);
	if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
	throw new UsageError(
		`--port ${JSON.stringify(text)} is no port. Give a number from 1024 to 65535, or 0 for a free one.`,
	);
}

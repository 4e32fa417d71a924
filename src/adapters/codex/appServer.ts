import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { tryParseJson } from "../../base/tryParseJson.ts";

interface Reply {
	readonly id?: number;
	readonly result?: unknown;
	readonly error?: { readonly message?: string };
}

export type Call = (method: string, params: object) => Promise<unknown>;

interface Options {
	readonly cwd: string;
	readonly program?: string;
	/** Settings for this run, as `-c` takes them. */
	readonly overrides?: readonly string[];
	readonly environment?: NodeJS.ProcessEnv;
}

/** Lets `work` call a Codex app-server of its own: one JSON message a line, over stdio. */
export async function withAppServer<T>(
	{ cwd, program = "codex", overrides = [], environment = process.env }: Options,
	work: (call: Call, codexHome: string) => Promise<T>,
): Promise<T> {
	const words = ["app-server", ...overrides.flatMap((override) => ["-c", override])];
	const server = spawn(program, words, { cwd, env: environment, stdio: ["pipe", "pipe", "ignore"] });
	const waiting = new Map<number, { done: (result: unknown) => void; failed: (error: Error) => void }>();
	let count = 0;
	const over = new Promise<never>((_, reject) => {
		const timer = setTimeout(() => reject(new Error("its app-server does not answer")), 30_000);
		timer.unref();
		server.once("error", reject);
		server.once("close", () => reject(new Error("its app-server ended")));
	});
	const ended = over.catch(() => undefined);
	server.stdin.on("error", () => undefined);
	createInterface({ input: server.stdout }).on("line", (line) => {
		const { id, result, error } = (tryParseJson(line) ?? {}) as Reply;
		const caller = id === undefined ? undefined : waiting.get(id);
		if (error) caller?.failed(new Error(error.message ?? "it refused"));
		else caller?.done(result);
	});
	const send = (message: object) => server.stdin.write(`${JSON.stringify(message)}\n`);
	const call: Call = (method, params) =>
		new Promise((done, failed) => {
			count += 1;
			waiting.set(count, { done, failed });
			send({ id: count, method, params });
		});
	try {
		return await Promise.race([over, talk()]);
	} finally {
		server.kill();
		// It still writes in its home while it ends.
		await Promise.race([ended, new Promise((late) => setTimeout(late, 2000).unref())]);
	}

	async function talk(): Promise<T> {
		const clientInfo = { name: "countersign", title: "Countersign", version: "1" };
		const { codexHome } = (await call("initialize", { clientInfo })) as { codexHome: string };
		send({ method: "initialized" });
		return work(call, codexHome);
	}
}

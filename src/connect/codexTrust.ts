import { spawn } from "node:child_process";
import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ourCommand } from "../adapters/hookCommand.ts";
import { messageOf } from "../base/errors.ts";
import { tryParseJson } from "../base/tryParseJson.ts";

/** What Codex's app-server tells of a hook. */
interface ListedHook {
	readonly key: string;
	readonly sourcePath: string;
	readonly command?: string | null;
	readonly enabled: boolean;
	readonly currentHash: string;
	readonly trustStatus: string;
}

interface Reply {
	readonly id?: number;
	readonly result?: unknown;
	readonly error?: { readonly message?: string };
}

type Call = (method: string, params: object) => Promise<unknown>;

const SKIPPED = "Codex skips a hook that it does not trust, without a word: nothing is gated yet.";
const OURS = ourCommand("codex");

/**
 * Codex runs a hook only once its very text is trusted, and skips it in silence until then. Its own app-server is asked to
 * trust ours: it writes its configuration itself, in the form of its version. Returns what is left to do, in sentences.
 */
export async function trustCodexHooks(file: string, workspace: string): Promise<string[]> {
	try {
		return await withAppServer(workspace, async (call) => {
			const found = await ourHooks(call, file, workspace);
			if (found.length === 0) {
				return [
					`Codex does not read ${file}. ${SKIPPED} Start codex in this folder once and trust the folder, then connect again; or connect with --scope user.`,
				];
			}
			const value = Object.fromEntries(found.map((hook) => [hook.key, { trusted_hash: hook.currentHash }]));
			await writeConfig(call, [{ keyPath: "hooks.state", value, mergeStrategy: "upsert" }]);
			const isInForce = (hook: ListedHook) => hook.enabled && /^(?:trusted|managed)$/.test(hook.trustStatus);
			if ((await ourHooks(call, file, workspace)).every(isInForce)) return [];
			return [
				`Codex lists the hooks of ${file} as untrusted or disabled. ${SKIPPED} Look at them in Codex with /hooks.`,
			];
		});
	} catch (error) {
		return [
			`Codex could not be asked to trust the hooks (${messageOf(error)}). ${SKIPPED} Once codex runs here, connect again, or trust them in Codex with /hooks.`,
		];
	}
}

/** Takes our trust out of Codex's configuration again. Called while the hooks are still there. */
export async function forgetCodexHooks(file: string, workspace: string): Promise<void> {
	await withAppServer(workspace, async (call, codexHome) => {
		const found = await ourHooks(call, file, workspace);
		const remove = (keyPath: string) => ({ keyPath, value: null, mergeStrategy: "replace" });
		if (found.length > 0)
			await writeConfig(
				call,
				found.map(({ key }) => remove(`hooks.state.${JSON.stringify(key)}`)),
			);
		const left = readFileSync(join(codexHome, "config.toml"), "utf8");
		if (/^\[hooks\.state\]\s*(?:\[|$)/m.test(left) && !left.includes("[hooks.state.")) {
			await writeConfig(call, [remove("hooks.state")]);
		}
	}).catch(() => undefined); // A trusted hash of a hook that is gone trusts nothing.
}

const writeConfig = (call: Call, edits: object[]) => call("config/batchWrite", { edits, reloadUserConfig: true });

async function ourHooks(call: Call, file: string, workspace: string): Promise<ListedHook[]> {
	const { data } = (await call("hooks/list", { cwds: [workspace] })) as { data: { hooks: ListedHook[] }[] };
	const path = realpathSync(file);
	return data.flatMap(({ hooks }) => hooks).filter((hook) => hook.sourcePath === path && OURS.test(hook.command ?? ""));
}

/** Lets `work` call a Codex app-server of its own: one JSON message a line, over stdio. */
async function withAppServer<T>(cwd: string, work: (call: Call, codexHome: string) => Promise<T>): Promise<T> {
	const server = spawn("codex", ["app-server"], { cwd, stdio: ["pipe", "pipe", "ignore"] });
	const waiting = new Map<number, { done: (result: unknown) => void; failed: (error: Error) => void }>();
	let count = 0;
	const over = new Promise<never>((_, reject) => {
		const timer = setTimeout(() => reject(new Error("its app-server does not answer")), 30_000);
		timer.unref();
		server.once("error", reject);
		server.once("close", () => reject(new Error("its app-server ended")));
	});
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
	}

	async function talk(): Promise<T> {
		const clientInfo = { name: "countersign", title: "Countersign", version: "1" };
		const { codexHome } = (await call("initialize", { clientInfo })) as { codexHome: string };
		send({ method: "initialized" });
		return work(call, codexHome);
	}
}

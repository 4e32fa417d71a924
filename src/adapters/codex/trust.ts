import { realpathSync } from "node:fs";
import { ourCommand } from "../hookCommand.ts";
import type { Call } from "./appServer.ts";

/** What Codex's app-server tells of a hook. */
interface ListedHook {
	readonly key: string;
	readonly sourcePath: string;
	readonly command?: string | null;
	readonly enabled: boolean;
	readonly currentHash: string;
	readonly trustStatus: string;
}

const OURS = ourCommand("codex");

export const isInForce = (hook: ListedHook): boolean => hook.enabled && /^(?:trusted|managed)$/.test(hook.trustStatus);

/** Our hooks in a file, as Codex reads them from this folder. */
export async function ourHooks(call: Call, file: string, workspace: string): Promise<ListedHook[]> {
	const { data } = (await call("hooks/list", { cwds: [workspace] })) as { data: { hooks: ListedHook[] }[] };
	const path = realpathSync(file);
	return data.flatMap(({ hooks }) => hooks).filter((hook) => hook.sourcePath === path && OURS.test(hook.command ?? ""));
}

/** Codex writes its configuration itself, in the form of its version. */
export async function trust(call: Call, hooks: readonly ListedHook[]): Promise<void> {
	const value = Object.fromEntries(hooks.map((hook) => [hook.key, { trusted_hash: hook.currentHash }]));
	await writeConfig(call, [{ keyPath: "hooks.state", value, mergeStrategy: "upsert" }]);
}

export const writeConfig = (call: Call, edits: readonly object[]): Promise<unknown> =>
	call("config/batchWrite", { edits, reloadUserConfig: true });

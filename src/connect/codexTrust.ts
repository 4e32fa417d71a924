import { readFileSync } from "node:fs";
import { join } from "node:path";
import { withAppServer } from "../adapters/codex/appServer.ts";
import { isInForce, ourHooks, trust, writeConfig } from "../adapters/codex/trust.ts";
import { messageOf } from "../base/errors.ts";

const SKIPPED = "Codex skips a hook that it does not trust, without a word: nothing is gated yet.";

/**
 * Codex runs a hook only once its very text is trusted, and skips it in silence until then. Its own app-server is asked to
 * trust ours. Returns what is left to do, in sentences.
 */
export async function trustCodexHooks(file: string, workspace: string): Promise<string[]> {
	try {
		return await withAppServer({ cwd: workspace }, async (call) => {
			const found = await ourHooks(call, file, workspace);
			if (found.length === 0) {
				return [
					`Codex does not read ${file}. ${SKIPPED} Start codex in this folder once and trust the folder, then connect again; or connect with --scope user.`,
				];
			}
			await trust(call, found);
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
	await withAppServer({ cwd: workspace }, async (call, codexHome) => {
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

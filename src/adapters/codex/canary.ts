import { join } from "node:path";
import { messageOf } from "../../base/errors.ts";
import type { AgentCanary, Fault, Installed } from "../agentCanary.ts";
import { jsonHookCommand, saidNo } from "../hookAlone.ts";
import { hookInJson, movedInJson } from "../hookText.ts";
import { settingsFaults } from "../settingsFaults.ts";
import { type Call, withAppServer } from "./appServer.ts";
import { isInForce, ourHooks, trust } from "./trust.ts";

const AGENT = "codex";

export const codexCanary: AgentCanary = {
	agent: AGENT,
	settings: ({ workspace, userHome, environment }) => {
		const user = environment.CODEX_HOME || join(userHome, ".codex");
		return [user, join(workspace, ".codex")].flatMap((folder) => [
			join(folder, "hooks.json"),
			join(folder, "config.toml"),
		]);
	},
	faults(path, text) {
		if (path.endsWith(".json")) return settingsFaults("Codex", text, { comments: false }, () => undefined);
		// The section, or the key spelled out; what Codex makes of it, the canary shows.
		const isOff = /^\s*features\.hooks\s*=\s*false|^\[features\][^[]*^\s*hooks\s*=\s*false/m.test(text);
		return isOff ? [{ level: "slips", says: "features.hooks is false: Codex then calls no hook." }] : [];
	},
	hookIn: (text) => hookInJson(AGENT, text),
	moved: (text, from, to) => movedInJson(AGENT, text, from, to, 1),

	protocol: "responses",
	start: (url, { workspace, userHome }) => ({
		words: [
			...["exec", "--json", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox"],
			...[...ofModel(url), trusting(workspace)].flatMap((override) => ["-c", override]),
			"Do the task.",
		],
		environment: { FAKE_KEY: "x" },
		files: {
			[join(userHome, ".codex", "config.toml")]: withoutServers,
			[join(workspace, ".codex", "config.toml")]: withoutServers,
		},
	}),
	shell: (cmd) => ({ name: "exec_command", input: { cmd } }),

	async prepare(installed) {
		const { workspace } = installed.places;
		await asking(installed, [trusting(workspace)], async (call) => {
			for (const file of codexCanary.settings(installed.places).filter((path) => path.endsWith("hooks.json"))) {
				// Ours alone: what a person has not trusted yet is not to run here either.
				const found = await ourHooks(call, file, workspace).catch(() => []);
				if (found.length > 0) await trust(call, found);
			}
		});
	},
	async inForce(installed, file) {
		try {
			return await asking(installed, [], async (call): Promise<readonly Fault[]> => {
				const found = await ourHooks(call, file, installed.places.workspace);
				if (found.length === 0) return [{ level: "slips", says: UNREAD }];
				const skipped = found.filter((hook) => !isInForce(hook));
				return skipped.length === 0 ? [] : [{ level: "slips", says: UNTRUSTED }];
			});
		} catch (error) {
			return [{ level: "warn", says: `Codex could not be asked whether it trusts the hooks (${messageOf(error)}).` }];
		}
	},

	hookCommand: (text) => jsonHookCommand(AGENT, text),
	payload: (cwd, what) => ({
		...{ session_id: "doctor", turn_id: "doctor", transcript_path: "", cwd, model: "gpt-5.5" },
		...{ hook_event_name: "PreToolUse", permission_mode: "bypassPermissions", tool_use_id: "call_doctor" },
		...("read" in what
			? { tool_name: "view_image", tool_input: { path: what.read } }
			: { tool_name: "Bash", tool_input: { command: what.command } }),
	}),
	allows: (ending) => !saidNo(ending),

	cannotClose: [
		"What Codex types into a shell that runs already (write_stdin) calls no hook; only unified_exec = false in /etc/codex/requirements.toml stops that.",
		"codex --disable hooks and --ignore-user-config call no hook; only managed hooks in /etc/codex/requirements.toml hold then.",
	],
};

const UNREAD =
	"Codex does not list our hooks there: it does not read the file (a folder that it does not trust, an entry that it does not know), and nothing is gated. To trust a folder, start codex in it once.";
const UNTRUSTED = "Codex lists our hooks there as untrusted or disabled, and skips them without a word.";

const asking = <T>(
	{ program, places, environment }: Installed,
	overrides: readonly string[],
	work: (call: Call) => Promise<T>,
) => withAppServer({ cwd: places.workspace, program, environment, overrides }, work);

const ofModel = (url: string): readonly string[] => [
	'model="gpt-5.5"',
	'model_provider="fake"',
	`model_providers.fake={name="fake",base_url="${url}/v1",env_key="FAKE_KEY",wire_api="responses",request_max_retries=1,stream_max_retries=1}`,
	"check_for_update_on_startup=false",
	...["features.plugins=false", "features.remote_plugin=false", "features.apps=false", "analytics.enabled=false"],
	"notify=[]",
];

/** An override adds to tables and takes nothing out of them; a person's servers are not started for a canary. */
const withoutServers = (text: string) => text.replaceAll(/^\[mcp_servers\b.*(?:\n(?!\[).*)*/gm, "");

/** A folder that is not trusted has no hooks of its own; whether the real one is, Codex is asked apart. */
const trusting = (workspace: string) => `projects={${JSON.stringify(workspace)}={trust_level="trusted"}}`;

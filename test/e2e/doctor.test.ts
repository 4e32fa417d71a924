import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, type TestContext, test } from "vitest";
import type { AgentReport, Finding } from "../../src/doctor/finding.ts";
import { provisionClaude } from "../support/agentCache.ts";
import { PACKAGED_AGENTS, provisionAgent } from "../support/agentPackages.ts";
import { type InstalledAgent, type InstalledPlace, makeInstalledPlace } from "../support/agentsOnPath.ts";
import { CLI, countersign } from "../support/gateProcess.ts";
import { processesNaming } from "../support/processes.ts";

/** `doctor` with the real agents: what it says of a sound connection, and of each way in which one can be broken. */

beforeAll(async () => {
	await provisionClaude();
	for (const agent of PACKAGED_AGENTS) await provisionAgent(agent);
});

/** Codex reads a folder's hooks only where the folder is trusted. */
const SCOPES: Readonly<Record<InstalledAgent, "project" | "user">> = {
	"claude-code": "project",
	codex: "user",
	"gemini-cli": "project",
	"qwen-code": "user",
	opencode: "project",
	cline: "user",
};
const AGENTS = Object.keys(SCOPES) as InstalledAgent[];
const STATES = ["gate says no", "gate killed", "gate hangs", "gate babbles", "no gate"];

async function connectedPlace(agent: InstalledAgent, installed: InstalledAgent | undefined) {
	const place = await makeInstalledPlace(installed);
	await connect(place, agent);
	return place;
}

async function connect(place: InstalledPlace, agent: InstalledAgent): Promise<void> {
	const { code, stderr } = await countersign(place, ["connect", agent, "--scope", SCOPES[agent]]);
	expect(code, stderr).toBe(0);
}

interface Verdict {
	readonly code: number | null;
	readonly findings: readonly Finding[];
	/** What keeps it from being gated, a line each. */
	readonly bad: string;
}

async function doctor(place: InstalledPlace, agent: InstalledAgent): Promise<Verdict> {
	const { code, stdout, stderr } = await countersign(place, ["doctor", agent, "--json"]);
	expect(stderr).toBe("");
	const [report] = (JSON.parse(stdout) as { agents: AgentReport[] }).agents;
	const findings = report?.findings ?? [];
	expect(report).toMatchObject({ agent, gated: code === 0 });
	const bad = findings.filter(({ level }) => level === "slips" || level === "broken");
	return { code, findings, bad: bad.map(({ level, check, says }) => `${level} ${check}: ${says}`).join("\n") };
}

/** Everything that belongs to the person: their home, their folder, and what Countersign keeps. */
function everything({ user, workspace, home }: InstalledPlace): Record<string, string> {
	return Object.fromEntries(
		[user, workspace, home].flatMap((folder) =>
			readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => {
				const path = join(folder, name);
				const { mode, mtimeMs } = statSync(path);
				return [path, statSync(path).isFile() ? `${mode} ${mtimeMs} ${readFileSync(path, "base64")}` : `${mode}`];
			}),
		),
	);
}

/**
 * What a person may have configured: a model of their own, a server that is started with every session. Neither is to be
 * asked or started for a canary.
 */
function ownSettings(url: string, marker: string): Readonly<Record<InstalledAgent, Record<string, string>>> {
	const server = { command: "touch", args: [marker] };
	const baseUrl = `${url}/v1`;
	const provider = { npm: "@ai-sdk/openai-compatible", options: { baseURL: baseUrl, apiKey: "k" }, models: { m: {} } };
	return {
		"claude-code": {
			".claude/settings.json": JSON.stringify({
				env: { ANTHROPIC_BASE_URL: url, ANTHROPIC_AUTH_TOKEN: "k", HTTP_PROXY: url },
				apiKeyHelper: `touch ${marker}`,
			}),
		},
		codex: {
			".codex/config.toml": `model_provider = "own"
notify = ["touch", "${marker}"]
[model_providers.own]
name = "own"
base_url = "${baseUrl}"
[mcp_servers.own]
command = "touch"
args = ["${marker}"]
`,
		},
		"gemini-cli": {
			".gemini/settings.json": `// mine
${JSON.stringify({ security: { auth: { selectedType: "oauth-personal" } }, mcpServers: { own: server } })}`,
		},
		"qwen-code": {
			".qwen/settings.json": JSON.stringify({
				security: { auth: { selectedType: "openai", apiKey: "k", baseUrl } },
				env: { OPENAI_BASE_URL: baseUrl },
				modelProviders: { openai: [{ id: "fake-model", name: "own", baseUrl, envKey: "OPENAI_API_KEY" }] },
				mcpServers: { own: server },
			}),
		},
		opencode: {
			".config/opencode/opencode.json": JSON.stringify({
				model: "own/m",
				agent: { build: { model: "own/m" } },
				provider: { own: provider },
				mcp: { own: { type: "local", command: ["touch", marker] } },
			}),
		},
		cline: {},
	};
}

async function startOwnModel({ onTestFinished }: TestContext): Promise<{ url: string; asked: string[] }> {
	const asked: string[] = [];
	const server = createServer((request, response) => {
		asked.push(request.url ?? "");
		response.end("{}");
	});
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	onTestFinished(() => void server.close());
	return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

describe.concurrent.each(AGENTS)("%s", (agent) => {
	test.concurrent("connected, it is gated: it tries against every gate itself, and nothing of the person's is changed or asked", async (context) => {
		const place = await makeInstalledPlace(agent);
		const { url, asked } = await startOwnModel(context);
		const marker = join(place.home, "..", "started");
		for (const [name, text] of Object.entries(ownSettings(url, marker)[agent])) put(join(place.user, name), text);
		await connect(place, agent);
		rmSync(marker, { force: true });
		asked.length = 0;
		const before = everything(place);
		const { code, findings, bad } = await doctor(place, agent);
		expect([code, bad]).toEqual([0, ""]);
		const tried = findings.filter(({ says }) => / tried; nothing ran when /.test(says));
		expect(tried.map(({ level, check }) => [level, check])).toEqual(STATES.map((check) => ["ok", check]));
		expect(tried.filter(({ says }) => says.startsWith("the hook alone"))).toEqual([]);
		expect(findings.find(({ check }) => check === "cost")?.says).toMatch(/^One call costs \d+ ms/);
		expect(findings.some(({ level }) => level === "cannot close")).toBe(true);
		expect(everything(place)).toEqual(before);
		expect(readdirSync(place.environment.TMPDIR as string).filter((name) => name.startsWith("csdoc-"))).toEqual([]);
		expect([asked, existsSync(marker)]).toEqual([[], false]);
	});
});

/** Three ways in which agents are told of a hook: a settings file, a plugin, a script. */
test.concurrent.for(["codex", "opencode", "cline"] as const)(
	"where %s is not installed, its hook alone is tried, and that is said",
	async (agent) => {
		const place = await connectedPlace(agent, undefined);
		const { code, findings, bad } = await doctor(place, agent);
		expect([code, bad]).toEqual([0, ""]);
		expect(findings.filter(({ says }) => says.startsWith("the hook alone was tried"))).toHaveLength(5);
		expect(findings.filter(({ level }) => level === "warn").map(({ says }) => says)).toEqual([
			expect.stringContaining("is not on PATH"),
		]);
	},
);

const hook = ({ home }: InstalledPlace) => join(home, "bin", "countersign-hook");
const put = (path: string, text: string) => {
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(path, text);
};
const change = (path: string, from: string | RegExp, to: string) => {
	const text = readFileSync(path, "utf8");
	const changed = text.replaceAll(from, to);
	expect(changed).not.toBe(text);
	writeFileSync(path, changed);
};
const program = (lines: string) => (place: InstalledPlace) => writeFileSync(hook(place), `#!/bin/sh\n${lines}\n`);

const claude = ({ workspace }: InstalledPlace) => join(workspace, ".claude", "settings.local.json");
const codex = ({ user }: InstalledPlace) => join(user, ".codex", "hooks.json");
const gemini = ({ workspace }: InstalledPlace) => join(workspace, ".gemini", "settings.json");
const openCode = ({ workspace }: InstalledPlace) => join(workspace, ".opencode", "plugin", "countersign.js");
const cline = ({ user }: InstalledPlace) => join(user, ".cline", "hooks", "PreToolUse.sh");

/** What is done to a sound connection, and what doctor says of it. `ran`: the agent itself ran the call. */
const SABOTAGE: readonly {
	agent: InstalledAgent;
	what: string;
	act: (place: InstalledPlace) => void;
	says: RegExp;
	ran: boolean;
}[] = [
	{
		agent: "claude-code",
		what: "the hook file is missing",
		act: (place) => rmSync(hook(place)),
		says: /hook program: .* is not there/,
		ran: false,
	},
	{
		agent: "claude-code",
		what: "the hook file is not executable",
		act: (place) => chmodSync(hook(place), 0o600),
		says: /hook program: .* is not executable/,
		ran: false,
	},
	{
		agent: "claude-code",
		what: "the hook's interpreter is missing",
		act: (place) => change(hook(place), "#!/bin/sh", "#!/no/such/sh"),
		says: /wants \/no\/such\/sh, which is not there/,
		ran: false,
	},
	{
		agent: "claude-code",
		what: "the hook exits 1",
		act: program("exit 1"),
		says: /hook program: .* nobody vouches for/,
		ran: false,
	},
	{
		agent: "claude-code",
		what: "the hook exits 2 without a word",
		act: program("exit 2"),
		says: /the gate was never asked/,
		ran: false,
	},
	{
		agent: "claude-code",
		what: "the hook sleeps past the timeout",
		act: program("sleep 100"),
		says: /the gate was never asked/,
		ran: false,
	},
	{
		agent: "claude-code",
		what: "the hook prints garbage",
		act: program("echo '{]'"),
		says: /hook program: .* nobody vouches for/,
		ran: true,
	},
	{
		agent: "claude-code",
		what: "an unrelated setting is invalid",
		act: (place) => change(claude(place), /^\{/g, '{"model": 5,'),
		says: /does not take its "model", and ignores the whole file/,
		ran: true,
	},
	{
		agent: "claude-code",
		what: "the file holds a comment",
		act: (place) => change(claude(place), /^\{/g, "{ // mine\n"),
		says: /settings\.local\.json: line 1 holds a comment/,
		ran: true,
	},
	{
		agent: "claude-code",
		what: "a sibling hook is malformed",
		act: (place) => change(claude(place), /"PreToolUse": \[/g, '"PreToolUse": [ 5,'),
		says: /line \d+ has a member of "hooks.PreToolUse" that is not an object/,
		ran: true,
	},
	{
		agent: "claude-code",
		what: "another file turns all hooks off",
		act: ({ user }) => put(join(user, ".claude", "settings.json"), '{"disableAllHooks": true}'),
		says: /\.claude\/settings\.json: "disableAllHooks" is true/,
		ran: true,
	},
	{
		agent: "claude-code",
		what: "onFailure is gone",
		act: (place) => change(claude(place), /,\s*"onFailure": "block"/g, ""),
		says: /PreToolUse: "onFailure" is missing, not "block"/,
		ran: false,
	},
	{
		agent: "claude-code",
		what: "the timeout is shorter than our wait",
		act: (place) => change(claude(place), "86400", "5"),
		says: /"timeout" is 5, not 86400/,
		ran: false,
	},
	{
		agent: "claude-code",
		what: "its settings are gone",
		act: (place) => rmSync(claude(place)),
		says: /settings\.local\.json: is not there/,
		ran: true,
	},
	{
		agent: "codex",
		what: "its hooks are not trusted",
		act: ({ user }) => change(join(user, ".codex", "config.toml"), "sha256:", "sha256:00"),
		says: /trust: .* untrusted or disabled/,
		ran: false,
	},
	{
		agent: "codex",
		what: "a sibling is broken",
		act: (place) => change(codex(place), /"PreToolUse": \[/g, '"PreToolUse": [ {"hooks": [{"type": 5}]},'),
		says: /trust: .* does not list our hooks/,
		ran: true,
	},
	{
		agent: "codex",
		what: "a plain hook has no guard, and the program is gone",
		act: (place) => {
			change(codex(place), / \|\| \{[^"]*\}/g, "");
			rmSync(hook(place));
		},
		says: /PreToolUse has no hook of ours/,
		ran: true,
	},
	{
		agent: "codex",
		what: "its hooks are switched off",
		act: ({ user }) => change(join(user, ".codex", "config.toml"), /^/g, "features.hooks = false\n"),
		says: /config\.toml: features\.hooks is false/,
		ran: true,
	},
	{
		agent: "gemini-cli",
		what: "hooks are disabled in the user's file",
		act: ({ user }) => put(join(user, ".gemini", "settings.json"), '{"hooksConfig": {"enabled": false}} // mine'),
		says: /"hooksConfig\.enabled" is false/,
		ran: true,
	},
	{
		agent: "gemini-cli",
		what: "our hook is disabled by its name",
		act: (place) => change(gemini(place), /^\{/g, '{"hooksConfig": {"disabled": ["countersign"]},'),
		says: /disables the hook countersign/,
		ran: true,
	},
	{
		agent: "gemini-cli",
		what: "the timeout is above 2^31-1",
		act: (place) => change(gemini(place), "86400000", "86400000000"),
		says: /"timeout" is 86400000000, not 86400000/,
		ran: true,
	},
	{
		agent: "qwen-code",
		what: "all hooks are disabled in the folder's file",
		act: ({ workspace }) => put(join(workspace, ".qwen", "settings.json"), '{"disableAllHooks": true}'),
		says: /"disableAllHooks" is true/,
		ran: true,
	},
	{
		agent: "opencode",
		what: "the plugin does not parse",
		act: (place) => change(openCode(place), "export const", "export const const"),
		says: /countersign\.js: is not as connect writes it/,
		ran: true,
	},
	{
		agent: "cline",
		what: "the script is not executable",
		act: (place) => chmodSync(cline(place), 0o644),
		says: /PreToolUse\.sh: is no longer executable/,
		ran: false,
	},
	{
		agent: "cline",
		what: "the script prints garbage",
		act: (place) => put(cline(place), "#!/bin/sh\necho garbage\n"),
		says: /PreToolUse\.sh: is there already and is not ours/,
		ran: true,
	},
];

test.concurrent.for(SABOTAGE)(
	"$agent, where $what: doctor says so, and nothing of the person's changes",
	async ({ agent, act, says, ran }) => {
		const place = await connectedPlace(agent, agent);
		act(place);
		const before = everything(place);
		const { code, bad } = await doctor(place, agent);
		expect(bad).toMatch(says);
		expect(code).toBe(1);
		expect(/ran the call, /.test(bad), bad).toBe(ran);
		expect(everything(place)).toEqual(before);
	},
);

test.concurrent("stopped half way, it leaves no process and no folder behind", async ({ expect }) => {
	const place = await connectedPlace("claude-code", "claude-code");
	const temporary = place.environment.TMPDIR as string;
	const child = spawn(process.execPath, [CLI, "doctor"], {
		cwd: place.workspace,
		env: place.environment,
		stdio: "ignore",
	});
	const ended = new Promise<number | null>((done) => child.once("close", done));
	await expect.poll(() => processesNaming(temporary).length, { timeout: 30_000 }).toBeGreaterThan(2);
	child.kill("SIGINT");
	expect(await ended).toBe(130);
	await expect.poll(() => processesNaming(temporary), { timeout: 5_000 }).toEqual([]);
	expect(readdirSync(temporary).filter((name) => name.startsWith("csdoc-"))).toEqual([]);
});

test.concurrent("an agent that is not connected, or not here, is told apart from one that is", async () => {
	const place = await makeInstalledPlace();
	expect(await countersign(place, ["doctor"])).toMatchObject({
		code: 1,
		stdout: expect.stringContaining("No agent is connected here: nothing is gated."),
	});
	expect(await countersign(place, ["doctor", "codex"])).toMatchObject({
		code: 1,
		stdout: expect.stringMatching(/SLIPS +connection: It is not connected in .* To do: countersign connect codex/),
	});
	expect(await countersign(place, ["doctor", "cursor"])).toMatchObject({
		code: 2,
		stderr: expect.stringContaining("Doctor knows: claude-code, codex"),
	});
	const elsewhere = join(place.workspace, "elsewhere");
	mkdirSync(elsewhere);
	await countersign(place, ["connect", "claude-code", "--workspace", elsewhere]);
	await countersign(place, ["connect", "cline"]);
	const { code, stdout } = await countersign(place, ["doctor"]);
	expect(stdout).toContain(`Connected for ${elsewhere} too. Run countersign doctor there.`);
	expect([code, existsSync(join(elsewhere, ".claude"))]).toEqual([0, true]);
});

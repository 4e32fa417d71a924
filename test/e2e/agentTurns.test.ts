import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, type TestContext, test } from "vitest";
import type { Turn } from "../../src/doctor/modelServer.ts";
import { provisionAgent } from "../support/agentPackages.ts";
import { countersign, expectNoBypass, GateProcess, journalOf } from "../support/gateProcess.ts";
import { type AgentPlace, makeAgentPlace, REAL_AGENTS, type RealAgent, runAgent } from "../support/realAgents.ts";

/** The real agents where a turn does not go smoothly: decisions that come late, gates that die, several calls, MCP. */

const FILES = { "victim.txt": "alive\n" };

function disk({ workspace }: AgentPlace): Record<string, string> {
	const names = readdirSync(workspace).filter((name) => !name.startsWith("."));
	return Object.fromEntries(names.map((name) => [name, readFileSync(join(workspace, name), "utf8")]));
}

const callsOf = (turn: Turn) => ("calls" in turn ? turn.calls : []);

async function start(
	{ onTestFinished }: TestContext,
	real: RealAgent,
	script: (workspace: string) => readonly Turn[],
	...options: string[]
) {
	const place = await makeAgentPlace(real, FILES, script);
	onTestFinished(() => place.model.stop());
	expect((await countersign(place, ["connect", real.agent, "--scope", "user", ...options])).code).toBe(0);
	const gate = await GateProcess.start(place);
	onTestFinished(() => gate.kill());
	onTestFinished(() => expectNoBypass(place));
	const run = runAgent(real, place);
	onTestFinished(() => run.kill());
	return { place, gate, done: run.done };
}

const executed = (gate: GateProcess, id: unknown) =>
	gate.event((event) => event.event === "outcome" && event.id === id && event.outcome === "executed");

/** How each agent is told of an MCP server, and what it calls the server's tool. */
interface Mcp {
	call(environment: string): Turn;
	/** What the person reads; OpenCode's names do not tell a server's tool from one of its own. */
	readonly asks?: { readonly tool: string; readonly target: string };
	configure(files: Files, command: readonly string[]): Files;
}

const calls = (name: string) => (environment: string) => ({ calls: [{ name, input: { environment } }] });

const MCP: Readonly<Record<string, Mcp>> = {
	codex: {
		// Out of a script: called directly, Codex lets a model search for such a tool first.
		call: (environment) => {
			const input = `text(await tools.mcp__demo__deploy(${JSON.stringify({ environment })}))`;
			return { calls: [{ name: "exec", input: { input } }] };
		},
		configure: (files, [command, ...args]) => ({
			".codex/config.toml": `${files[".codex/config.toml"]}\n[mcp_servers.demo]\ncommand = ${JSON.stringify(command)}\nargs = ${JSON.stringify(args)}\n`,
		}),
	},
	"gemini-cli": {
		call: calls("mcp_demo_deploy"),
		configure: (files, [command, ...args]) =>
			merged(files, ".gemini/settings.json", { mcpServers: { demo: { command, args, trust: true } } }),
	},
	"qwen-code": {
		call: calls("mcp__demo__deploy"),
		configure: (files, [command, ...args]) =>
			merged(files, ".qwen/settings.json", { mcpServers: { demo: { command, args, trust: true } } }),
	},
	opencode: {
		call: calls("demo_deploy"),
		asks: { tool: "custom", target: "demo_deploy" },
		configure: (files, command) =>
			merged(files, ".config/opencode/opencode.json", { mcp: { demo: { type: "local", command, enabled: true } } }),
	},
};

type Files = Readonly<Record<string, string>>;

const merged = (files: Files, name: string, more: object): Files => ({
	[name]: JSON.stringify({ ...JSON.parse(files[name] || "{}"), ...more }),
});

const AGENTS = REAL_AGENTS.filter(({ mode }) => !mode).map((real) => [real.agent, real] as const);

describe.each(AGENTS)("%s", (name, real) => {
	const { write, shell } = real.calls;

	beforeAll(async () => {
		await provisionAgent(real.agent);
	});

	test("a decision after the deadline: the call is sent away, made again, and runs once", async (context) => {
		const same = (workspace: string) => write(join(workspace, "new.txt"), "hello\n");
		const { place, gate, done } = await start(
			context,
			real,
			(workspace) => [same(workspace), same(workspace)],
			"--wait",
			"3",
		);
		const { id } = await gate.request();
		await context.expect.poll(() => place.model.requests.length, { timeout: 30_000 }).toBe(2);
		expect(place.model.toolResults().join()).toContain(`ticket ${String(id).slice(0, 8)}`);
		expect(disk(place)).toEqual(FILES);
		await gate.approve(id);
		await executed(gate, id);
		await done;
		expect(disk(place)).toEqual({ ...FILES, "new.txt": "hello\n" });
		const types = (await journalOf(place)).map(({ type }) => type);
		for (const once of ["REQUEST", "INTENT", "EXECUTED"]) expect(types.filter((type) => type === once)).toHaveLength(1);
	});

	test("nothing runs when the gate is killed while the call waits", async (context) => {
		const { place, gate, done } = await start(context, real, () => [shell("rm victim.txt")]);
		await gate.request();
		await fetch(`${gate.discovery.url}/health`);
		await gate.kill();
		await done;
		expect(disk(place)).toEqual(FILES);
		expect(place.model.toolResults().join()).toMatch(/gate went away|gate cannot be reached/);
	});

	test("three calls in one turn are decided one by one, and only the approved ones run", async (context) => {
		const { place, gate, done } = await start(context, real, (workspace) => [
			{
				calls: [
					...callsOf(write(join(workspace, "one.txt"), "1\n")),
					...callsOf(shell("rm victim.txt")),
					...callsOf(write(join(workspace, "two.txt"), "2\n")),
				],
			},
		]);
		await gate.approve((await gate.request(/one\.txt/)).id);
		await gate.deny((await gate.request(/shell_execute/)).id, "keep it");
		await gate.approve((await gate.request(/two\.txt/)).id);
		await done;
		expect(disk(place)).toEqual({ ...FILES, "one.txt": "1\n", "two.txt": "2\n" });
		expect(place.model.toolResults().join()).toContain("keep it");
	});

	test("a call of an MCP server's tool waits for a person too", async (context) => {
		const mcp = MCP[name];
		if (!mcp) throw new Error(`How is ${name} told of an MCP server?`);
		const base = REAL_AGENTS.findLast(({ agent }) => agent === name) ?? real;
		const withServer: RealAgent = {
			...base,
			configure: (workspace, url) => {
				const home = "/home";
				const { files: quiet = {} } = base.canary.start(url, { workspace, userHome: home, environment: {} });
				const texts = Object.entries(quiet).map(([path, edit]) => [path.slice(home.length + 1), edit("")]);
				const files = { ...Object.fromEntries(texts), ...base.configure?.(workspace, url) };
				const command = [process.execPath, resolve("test/support/mcpServer.mjs"), workspace];
				return { ...base.configure?.(workspace, url), ...mcp.configure(files, command) };
			},
		};
		const { place, gate, done } = await start(context, withServer, () => [mcp.call("production"), mcp.call("staging")]);
		const ended = done.then(({ stdout, stderr }) => Promise.reject(new Error(`it ended:\n${stdout}\n${stderr}`)));
		ended.catch(() => undefined);
		const denied = await Promise.race([gate.request(1), ended]);
		expect(denied).toMatchObject(mcp.asks ?? { tool: "mcp_call", target: "demo/deploy" });
		await gate.deny(denied.id, "not to production");
		const approved = await Promise.race([gate.request(2), ended]);
		expect(disk(place)).toEqual(FILES);
		await gate.approve(approved.id);
		await executed(gate, approved.id);
		await done;
		expect(disk(place)).toEqual({ ...FILES, "deployed.txt": "staging\n" });
		expect(JSON.stringify(place.model.requests)).toContain("not to production");
	});
});

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, expect, type TestContext, test } from "vitest";
import { deferred } from "../../src/base/deferred.ts";
import { type ModelServer, startModelServer, type Turn } from "../../src/doctor/modelServer.ts";
import { provisionClaude } from "../support/agentCache.ts";
import { type ClaudeRun, runClaude } from "../support/claude.ts";
import {
	countersign,
	expectNoBypass,
	GateProcess,
	isThere,
	journalOf,
	makePlace,
	type Place,
} from "../support/gateProcess.ts";
import { isCurl, isHook, killAll, processesNaming, type RunningProcess } from "../support/processes.ts";
import { tempDir } from "../support/tempDir.ts";

/**
 * The real Claude Code in its auto-approve mode, where nothing but our hooks stands between the model and the disk. The
 * model is scripted, the configuration is what `countersign connect` writes.
 */

beforeAll(async () => {
	await provisionClaude();
});

const FILES = { "victim.txt": "alive\n", "config.txt": "mode=prod\nport=80\n" };

const settingsFile = (place: Place) => join(place.workspace, ".claude", "settings.local.json");
const connect = (place: Place, ...options: string[]) =>
	countersign(place, ["connect", "claude-code", "--workspace", place.workspace, ...options]);
const disconnect = (place: Place) => countersign(place, ["disconnect", "claude-code", "--workspace", place.workspace]);

async function connectedPlace(...options: string[]): Promise<Place> {
	const place = makePlace(FILES);
	const { code, stderr } = await connect(place, ...options);
	expect(code, stderr).toBe(0);
	return place;
}

async function startGate({ onTestFinished }: TestContext, place: Place): Promise<GateProcess> {
	const gate = await GateProcess.start(place);
	onTestFinished(() => gate.kill());
	onTestFinished(() => expectNoBypass(place));
	return gate;
}

interface Agent extends ClaudeRun {
	readonly model: ModelServer;
}

async function startAgent(
	{ onTestFinished }: TestContext,
	place: Place,
	script: Parameters<typeof startModelServer>[0],
	extraArguments: string[] = [],
): Promise<Agent> {
	const model = await startModelServer(script);
	const run = runClaude({ workspace: place.workspace, home: tempDir("agent-"), model, extraArguments });
	onTestFinished(async () => {
		run.kill();
		await model.stop();
	});
	return { ...run, model };
}

const call = (name: string, input: Record<string, unknown>): Turn => ({ calls: [{ name, input }] });
const remove = call("Bash", { command: "rm victim.txt", description: "Remove the file" });
const write = (place: Place, content = "hello\n") =>
	call("Write", { file_path: join(place.workspace, "new.txt"), content });
const read = (place: Place) => call("Read", { file_path: join(place.workspace, "config.txt") });
const edit = (place: Place) =>
	call("Edit", { file_path: join(place.workspace, "config.txt"), old_string: "mode=prod", new_string: "mode=dev" });

/** Everything in the workspace but the configuration of the agent and of the gate. */
function disk({ workspace }: Place): Record<string, string> {
	const names = readdirSync(workspace, { recursive: true, encoding: "utf8" }).sort();
	const files = names.filter((name) => !/^\.(claude|countersign)/.test(name));
	return Object.fromEntries(files.map((name) => [name, readFileSync(join(workspace, name), "utf8")]));
}

const types = async (place: Place) => (await journalOf(place)).map((record) => record.type);
const count = async (place: Place, type: string) => (await types(place)).filter((found) => found === type).length;

/** Resolves once the report of the agent's PostToolUse hook has come in. */
const executed = (gate: GateProcess, id: string) =>
	gate.event((event) => event.event === "outcome" && event.id === id && event.outcome === "executed");

/** What answers after a request was shown has told its hook the ticket. */
const ticketGiven = (gate: GateProcess) => fetch(`${gate.discovery.url}/health`);

async function expectVerified(place: Place): Promise<void> {
	expect(await countersign(place, ["verify"])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^OK/) });
}

test.concurrent("a write, an edit and a shell command each wait for a person and then run; reads pass", async (context) => {
	const place = await connectedPlace();
	const gate = await startGate(context, place);
	const agent = await startAgent(context, place, [write(place), read(place), edit(place), remove]);
	const { "victim.txt": victim, ...rest } = FILES;
	const steps = [
		{ ...FILES, "new.txt": "hello\n" },
		{ ...FILES, "new.txt": "hello\n", "config.txt": "mode=dev\nport=80\n" },
		{ ...rest, "new.txt": "hello\n", "config.txt": "mode=dev\nport=80\n" },
	];
	let before: Record<string, string> = FILES;
	for (const [index, after] of steps.entries()) {
		const { id } = await gate.request(index + 1);
		expect(disk(place)).toEqual(before);
		await gate.approve(id);
		await executed(gate, id);
		expect(disk(place)).toEqual(after);
		before = after;
	}
	expect((await agent.done).code).toBe(0);
	expect(agent.model.toolResults().map((result) => result.isError)).toEqual([false, false, false, false]);
	expect(gate.shown().map((event) => event.tool)).toEqual(["file_write", "file_write", "shell_execute"]);
	const asked = ["REQUEST", "DECISION", "INTENT", "EXECUTED"];
	expect((await types(place)).slice(2)).toEqual([...asked, "FREE", ...asked, ...asked]);
	await expectVerified(place);
});

test.concurrent("a denied call leaves the disk as it was, and the model is told why", async (context) => {
	const place = await connectedPlace();
	const gate = await startGate(context, place);
	const agent = await startAgent(context, place, [remove]);
	await gate.deny((await gate.request()).id, "production config");
	expect((await agent.done).code).toBe(0);
	expect(disk(place)).toEqual(FILES);
	expect(JSON.stringify(agent.model.requests[1])).toContain("production config");
	expect(agent.model.toolResults()).toMatchObject([{ isError: true }]);
	expect(await types(place)).not.toContain("INTENT");
	await expectVerified(place);
});

test.concurrent("where no gate was ever started no turn begins, and the person is told what to do", async (context) => {
	const place = await connectedPlace();
	const agent = await startAgent(context, place, [remove, write(place), read(place)]);
	const { stdout, stderr } = await agent.done;
	expect(disk(place)).toEqual(FILES);
	expect(agent.model.requests).toEqual([]);
	expect(stdout + stderr).toContain(`no gate is running for ${place.workspace}. Start it there: countersign serve`);
});

test.concurrent("nothing runs, reads neither, when the gate was killed before the call", async (context) => {
	const place = await connectedPlace();
	const gate = await startGate(context, place);
	const agent = await startAgent(context, place, [remove, remove, write(place), read(place)]);
	await gate.request();
	await ticketGiven(gate);
	await gate.kill();
	await agent.done;
	expect(disk(place)).toEqual(FILES);
	const [, ...results] = agent.model.toolResults();
	expect(results).toHaveLength(3);
	for (const { isError, text } of results)
		expect([isError, text]).toEqual([true, expect.stringContaining("gate cannot be reached")]);
});

test.concurrent("a gate killed while the call waits, and not started again, is a denial with a ticket", async (context) => {
	const place = await connectedPlace();
	const gate = await startGate(context, place);
	const agent = await startAgent(context, place, [remove]);
	const { id } = await gate.request();
	await ticketGiven(gate);
	await gate.kill();
	await agent.done;
	expect(disk(place)).toEqual(FILES);
	expect(agent.model.toolResults()).toMatchObject([{ isError: true, text: expect.stringContaining(`ticket ${id}`) }]);
	await expectVerified(place);
});

test.concurrent("a call outlives its gate: approved at the next one, it runs once", async (context) => {
	const place = await connectedPlace();
	const lost = await startGate(context, place);
	const agent = await startAgent(context, place, [call("Bash", { command: "echo ran >> log.txt" })]);
	const { id } = await lost.request();
	await ticketGiven(lost);
	await lost.kill();
	const gate = await startGate(context, place);
	expect((await gate.request()).id).toBe(id);
	expect(disk(place)).toEqual(FILES);
	await gate.approve(id);
	await executed(gate, id);
	await agent.done;
	expect(disk(place)).toEqual({ ...FILES, "log.txt": "ran\n" });
	expect(agent.model.toolResults()).toMatchObject([{ isError: false }]);
	for (const type of ["REQUEST", "INTENT", "EXECUTED"]) expect(await count(place, type)).toBe(1);
	await expectVerified(place);
});

test.concurrent.for([
	{ name: "its curl", victims: isCurl },
	{ name: "the hook program", victims: isHook },
	{ name: "both", victims: (running: RunningProcess) => isCurl(running) || isHook(running) },
	{ name: "all, with the shell that the agent started", victims: () => true },
])("nothing runs when $name is killed while the call waits, nor at an approval after that", async (kill, context) => {
	const place = await connectedPlace();
	const gate = await startGate(context, place);
	const agent = await startAgent(context, place, [remove]);
	const { id } = await gate.request();
	await ticketGiven(gate);
	const running = processesNaming(place.home).filter(({ pid }) => pid !== gate.process.pid);
	expect(running.some(isCurl) && running.some(isHook)).toBe(true);
	killAll(running.filter(kill.victims));
	await agent.done;
	expect(disk(place)).toEqual(FILES);
	expect(agent.model.toolResults()).toMatchObject([{ isError: true }]);
	await gate.approve(id);
	expect(await types(place)).not.toContain("EXECUTED");
	expect(disk(place)).toEqual(FILES);
	await expectVerified(place);
});

test.concurrent("a decision after the deadline: the call is sent away, made again, and runs once", async (context) => {
	const place = await connectedPlace("--wait", "2");
	const gate = await startGate(context, place);
	const sentAway = deferred<void>();
	let approved = false;
	let again = false;
	// The model goes on with other work until it is worth while to ask again.
	const agent = await startAgent(context, place, (_, index) => {
		if (index === 0) return write(place);
		sentAway.resolve();
		if (!approved) return read(place);
		if (again) return { text: "Done." };
		again = true;
		return write(place);
	});
	const { id } = await gate.request();
	await sentAway.promise;
	expect(agent.model.toolResults()).toMatchObject([
		{ isError: true, text: expect.stringContaining(`has not decided yet (ticket ${id.slice(0, 8)})`) },
	]);
	expect(disk(place)).toEqual(FILES);
	await gate.approve(id);
	expect(disk(place)).toEqual(FILES);
	approved = true;
	await executed(gate, id);
	await agent.done;
	expect(disk(place)).toEqual({ ...FILES, "new.txt": "hello\n" });
	for (const type of ["REQUEST", "INTENT", "EXECUTED"]) expect(await count(place, type)).toBe(1);
	await expectVerified(place);
});

test.concurrent("three calls in one turn are decided one by one, and only the approved ones run", async (context) => {
	const place = await connectedPlace();
	const gate = await startGate(context, place);
	const file = (name: string) => ({
		name: "Write",
		input: { file_path: join(place.workspace, name), content: `${name}\n` },
	});
	const bash = { name: "Bash", input: { command: "rm victim.txt" } };
	const agent = await startAgent(context, place, [{ calls: [file("one.txt"), bash, file("two.txt")] }]);
	await gate.approve((await gate.request(/one\.txt/)).id);
	await gate.deny((await gate.request(/shell_execute/)).id, "keep it");
	expect(isThere(place, "two.txt")).toBe(false);
	await gate.approve((await gate.request(/two\.txt/)).id);
	await agent.done;
	expect(disk(place)).toEqual({ ...FILES, "one.txt": "one.txt\n", "two.txt": "two.txt\n" });
	expect(agent.model.toolResults()).toMatchObject([
		{ isError: false },
		{ isError: true, text: expect.stringContaining("keep it") },
		{ isError: false },
	]);
	await expectVerified(place);
});

test.concurrent("a subagent's call waits for the person too", async (context) => {
	const place = await connectedPlace();
	const gate = await startGate(context, place);
	const task = { description: "remove file", prompt: "Remove victim.txt", subagent_type: "general-purpose" };
	const script = [call("Agent", { ...task, run_in_background: false }), remove];
	const agent = await startAgent(context, place, script);
	const { id, tool } = await gate.request();
	expect(tool).toBe("shell_execute");
	expect(disk(place)).toEqual(FILES);
	await gate.deny(id, "not by a deputy");
	await agent.done;
	expect(disk(place)).toEqual(FILES);
	expect(agent.model.toolResults()).toContainEqual(
		expect.objectContaining({ isError: true, text: expect.stringContaining("not by a deputy") }),
	);
	expect(gate.shown()).toHaveLength(1);
	await expectVerified(place);
});

test.concurrent("a call of an MCP server's tool waits for the person too", async (context) => {
	const place = await connectedPlace();
	const gate = await startGate(context, place);
	const demo = { command: process.execPath, args: [resolve("test/support/mcpServer.mjs"), place.workspace] };
	const deploy = (environment: string) => call("mcp__demo__deploy", { environment });
	const script = [deploy("production"), deploy("staging")];
	const agent = await startAgent(context, place, script, ["--mcp-config", JSON.stringify({ mcpServers: { demo } })]);
	const denied = await gate.request();
	expect(denied).toMatchObject({ tool: "mcp_call", target: "demo/deploy" });
	await gate.deny(denied.id, "not to production");
	const approved = await gate.request(2);
	expect(disk(place)).toEqual(FILES);
	await gate.approve(approved.id);
	await executed(gate, approved.id);
	await agent.done;
	expect(disk(place)).toEqual({ ...FILES, "deployed.txt": "staging\n" });
	expect(agent.model.toolResults()[0]).toMatchObject({ text: expect.stringContaining("not to production") });
	await expectVerified(place);
});

test.concurrent("a write approved with changes writes exactly the reviewer's text", async (context) => {
	const place = await connectedPlace();
	const gate = await startGate(context, place);
	const agent = await startAgent(context, place, [write(place, "password=hunter2\n")]);
	const { id } = await gate.request();
	const content = 'password="$(vault read it)"\n\n\tläuft \\ <ok>\n';
	gate.tell({ approve: id, content });
	await executed(gate, id);
	await agent.done;
	expect(disk(place)).toEqual({ ...FILES, "new.txt": content });
	expect(agent.model.toolResults()).toMatchObject([{ isError: false }]);
	// The model sees nothing else of it.
	const told = "Approved with changes: the reviewer wrote a changed version of this file. Read the file again";
	expect(JSON.stringify(agent.model.requests.at(-1))).toContain(told);
	await expectVerified(place);
});

test.concurrent("an edit approved with changes is written by the gate, and the model is told to read again", async (context) => {
	const place = await connectedPlace();
	const gate = await startGate(context, place);
	const agent = await startAgent(context, place, [read(place), edit(place)]);
	const { id } = await gate.request();
	const content = "mode=staging\nport=80\n";
	gate.tell({ approve: id, content });
	await executed(gate, id);
	await agent.done;
	expect(disk(place)).toEqual({ ...FILES, "config.txt": content });
	expect(agent.model.toolResults().at(-1)).toMatchObject({
		isError: true,
		text: expect.stringContaining("changed version of this file. It is done; read the file again"),
	});
	await expectVerified(place);
});

const ATTACKS = [
	["switches all hooks off in another settings file", `echo '{"disableAllHooks":true}' > .claude/settings.json`],
	["empties the file that holds our hooks", "echo '{}' > .claude/settings.local.json"],
	["deletes the file that holds our hooks", "rm .claude/settings.local.json"],
	["makes it a file that Claude ignores whole", "echo '//' >> .claude/settings.local.json"],
	["narrows the hook to another tool", `sed -i 's/"matcher": "[*]"/"matcher": "Read"/' .claude/settings.local.json`],
	["names another program as the hook", `sed -i "s#'[^']*/countersign-hook'#'/bin/true'#" .claude/settings.local.json`],
	["adds a value for which Claude drops the file", `sed -i '1s/{/{ "model": 5,/' .claude/settings.local.json`],
	["lets curl load a library", `echo '{"env":{"OPENSSL_CONF":"/tmp/evil.cnf"}}' > .claude/settings.json`],
	[
		"makes the hook wait longer than a timer can",
		"sed -i 's/86340/99999999/; s/86400/100000059/' .claude/settings.local.json",
	],
	["preloads a library into every hook", `echo '{"env":{"LD_PRELOAD":"/tmp/evil.so"}}' > .claude/settings.json`],
] as const;

test.concurrent.for(ATTACKS)(
	"a command that %s does not free the session that it runs in",
	async ([, attack], context) => {
		const place = await connectedPlace();
		const gate = await startGate(context, place);
		// Claude takes a changed file in within two seconds.
		const agent = await startAgent(context, place, [call("Bash", { command: `${attack}; sleep 4` }), remove]);
		const { id } = await gate.request();
		await gate.approve(id);
		await executed(gate, id);
		const next = await Promise.race([gate.request(2), agent.done]);
		expect(next).toMatchObject({ tool: "shell_execute" });
		await gate.deny((next as { id: string }).id, "production config");
		await agent.done;
		expect(disk(place)).toEqual(FILES);
		const drift = (await journalOf(place)).find(({ type, agent }) => type === "DRIFT" && agent !== undefined);
		expect(drift).toMatchObject({ agent: "claude-code", target: expect.stringContaining(".claude/settings") });
		await gate.event(({ event, message }) => event === "warning" && /would no longer ask here/.test(String(message)));
		await expectVerified(place);
	},
);

test.concurrent("a change of the settings that leaves the gate in force is let into the session", async (context) => {
	const place = await connectedPlace();
	const gate = await startGate(context, place);
	const change = 'sed -i \'1s/{/{ "permissions": { "allow": ["Bash(ls:*)"] },/\' .claude/settings.local.json';
	const agent = await startAgent(context, place, [call("Bash", { command: `${change}; sleep 4` }), remove]);
	const { id } = await gate.request();
	await gate.approve(id);
	await executed(gate, id);
	await gate.deny((await gate.request(2)).id, "production config");
	await agent.done;
	expect(JSON.parse(readFileSync(settingsFile(place), "utf8")).permissions).toEqual({ allow: ["Bash(ls:*)"] });
	expect((await journalOf(place)).filter(({ type, agent }) => type === "DRIFT" && agent !== undefined)).toEqual([]);
	expect(disk(place)).toEqual(FILES);
});

test.concurrent("a command that puts a curl of its own on the hook's PATH does not answer for the gate", async (context) => {
	const place = await connectedPlace();
	const gate = await startGate(context, place);
	const curl = "#!/bin/sh\necho exit 0; echo; echo {}\n";
	const env = JSON.stringify({ env: { PATH: `${place.workspace}/evil:/usr/bin:/bin` } });
	const attack = `mkdir evil; printf %s '${curl}' > evil/curl; chmod +x evil/curl; echo '${env}' > .claude/settings.json`;
	const agent = await startAgent(context, place, [call("Bash", { command: `${attack}; sleep 4` }), remove]);
	const { id } = await gate.request();
	await gate.approve(id);
	await executed(gate, id);
	await gate.deny((await gate.request(2)).id, "production config");
	await agent.done;
	expect(isThere(place, "victim.txt")).toBe(true);
	await expectVerified(place);
});

test.concurrent("a tool that ran without asking is on record and told to the people at the gate; a free one is not", async (context) => {
	const place = await connectedPlace();
	const settings = JSON.parse(readFileSync(settingsFile(place), "utf8"));
	settings.hooks.PreToolUse = [];
	writeFileSync(settingsFile(place), JSON.stringify(settings));
	const gate = await GateProcess.start(place);
	context.onTestFinished(() => gate.kill());
	const agent = await startAgent(context, place, [read(place), remove]);
	const told = gate.event(({ event, message }) => event === "warning" && /without asking/.test(String(message)));
	expect(await told).toMatchObject({ message: expect.stringContaining("claude-code ran shell_execute rm victim.txt") });
	await agent.done;
	const bypasses = (await journalOf(place)).filter(({ type }) => type === "BYPASS");
	expect(bypasses).toMatchObject([{ agent: "claude-code", tool: "shell_execute", target: "rm victim.txt" }]);
	expect(await countersign(place, ["log", "--workspace", place.workspace])).toMatchObject({
		stdout: expect.stringContaining('BYPASS: shell_execute("rm victim.txt") ran without asking (claude-code)'),
	});
	await expectVerified(place);
});

test.concurrent("a call that Claude Code itself refuses is not taken for one that went round the gate", async (context) => {
	const place = await connectedPlace();
	await startGate(context, place);
	const agent = await startAgent(context, place, [edit(place), call("Bash", {}), call("Write", { file_path: 1 })]);
	await agent.done;
	expect(agent.model.toolResults()).toMatchObject([{ isError: true }, { isError: true }, { isError: true }]);
	expect(disk(place)).toEqual(FILES);
});

test.concurrent("what a rule of the policy denies asks nobody, and the model reads the rule's reason", async (context) => {
	const rule = '{ id: keep-files, effect: deny, tool: shell_execute, argv: [rm], reason: "Move it to old/ instead." }';
	const place = makePlace(FILES, `rules:\n  - ${rule}\n`);
	expect((await connect(place)).code).toBe(0);
	const gate = await startGate(context, place);
	const agent = await startAgent(context, place, [remove]);
	await agent.done;
	expect(disk(place)).toEqual(FILES);
	expect(agent.model.toolResults()).toMatchObject([
		{ isError: true, text: expect.stringContaining("rule keep-files denied this: Move it to old/ instead.") },
	]);
	expect(gate.shown()).toEqual([]);
	expect(await countersign(place, ["log", "--workspace", place.workspace])).toMatchObject({
		stdout: expect.stringContaining("DENIED by rule keep-files via policy"),
	});
	await expectVerified(place);
});

test.concurrent("connect keeps a copy of the settings, and disconnect brings them back byte for byte", async () => {
	const text = '{\n    "model": "opus",\n    "hooks": { "Stop": [] }\n}';
	const place = makePlace({ ".claude/settings.local.json": text });
	const connected = await connect(place);
	expect(connected).toMatchObject({ code: 0, stdout: expect.stringContaining("connected") });
	const [, backup = ""] = /The file as it was: (.*)\n/.exec(connected.stdout) ?? [];
	expect(readFileSync(backup, "utf8")).toBe(text);
	expect(await connect(place)).toMatchObject({ code: 0, stdout: expect.stringContaining("nothing to change") });
	expect((await disconnect(place)).code).toBe(0);
	expect(readFileSync(settingsFile(place), "utf8")).toBe(text);
	expect(await disconnect(place)).toMatchObject({ code: 0, stdout: expect.stringContaining("nothing to change") });
});

test.concurrent("connect --print prints the settings as they would be, and writes nothing", async () => {
	const place = makePlace();
	const { code, stdout } = await connect(place, "--print", "--wait", "30");
	expect(code).toBe(0);
	const [group] = JSON.parse(stdout).hooks.PreToolUse;
	expect(group.hooks[0].timeout).toBeGreaterThan(30);
	expect(readdirSync(place.workspace)).toEqual([]);
	expect(readdirSync(place.home)).toEqual([]);
	expect((await disconnect(place)).code).toBe(0);
	expect(readdirSync(place.workspace)).toEqual([]);
});

test.concurrent("connect refuses settings that the agent would ignore, naming the line, and leaves them alone", async () => {
	const text = '{\n  "model": "opus", // the large one\n  "hooks": {}\n}\n';
	const place = makePlace({ ".claude/settings.local.json": text });
	const { code, stderr } = await connect(place);
	expect(code).toBe(2);
	expect(stderr).toContain(`${settingsFile(place)}: line 2 holds a comment`);
	expect(readFileSync(settingsFile(place), "utf8")).toBe(text);
});

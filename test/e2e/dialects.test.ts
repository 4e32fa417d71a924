import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, type TestContext, test } from "vitest";
import { GateProcess, isThere, makePlace, type Place } from "../support/gateProcess.ts";
import { HOOK_KINDS, type HookKind, type HookResult, runHook, startHook } from "../support/hookProcess.ts";

/** What the installed hook answers in each agent's dialect, and what becomes of a payload that nobody can read. */

const [kind] = HOOK_KINDS as [HookKind];

interface Dialect {
	readonly agent: string;
	readonly folder: string;
	/** Recorded payloads of a write, a read, and a shell command. */
	readonly write: string;
	readonly read?: string;
	readonly shell: string;
	/** What the agent obeys (and the only things that let a call run). */
	readonly allows: (stdout: string) => boolean;
	readonly free: (stdout: string) => boolean;
	readonly denies: (stdout: string, reason: RegExp) => boolean;
	/** Where the reviewer's text stands in an edited approval; nowhere: the gate writes it and denies. */
	readonly edited?: (answer: never) => unknown;
}

const empty = (stdout: string) => stdout === "";
const decision = (stdout: string) => JSON.parse(stdout).hookSpecificOutput?.permissionDecision;

const DIALECTS: readonly Dialect[] = [
	{
		...{ agent: "codex", folder: "codex", write: "PreToolUse-apply_patch", shell: "PreToolUse-Bash-4" },
		...{ allows: empty, free: empty, denies: empty },
	},
	{
		...{ agent: "gemini-cli", folder: "gemini", write: "BeforeTool-write_file", read: "BeforeTool-read_file" },
		shell: "BeforeTool-run_shell_command-3",
		allows: (stdout) => JSON.parse(stdout).decision === "allow",
		free: empty,
		denies: (stdout, reason) => JSON.parse(stdout).decision === "deny" && reason.test(JSON.parse(stdout).reason),
		edited: (answer: { hookSpecificOutput: { tool_input: { content: string } } }) =>
			answer.hookSpecificOutput.tool_input.content,
	},
	{
		...{ agent: "qwen-code", folder: "qwen", write: "PreToolUse-write_file", read: "PreToolUse-read_file" },
		shell: "PreToolUse-run_shell_command-3",
		allows: (stdout) => decision(stdout) === "allow",
		...{ free: empty, denies: empty },
	},
	{
		...{ agent: "opencode", folder: "opencode", write: "PreToolUse-write", read: "PreToolUse-read" },
		shell: "PreToolUse-bash-3",
		allows: (stdout) => JSON.parse(stdout).decision === "allow",
		free: (stdout) => JSON.parse(stdout).decision === "allow",
		denies: empty,
		edited: (answer: { args: { content: string } }) => answer.args.content,
	},
	{
		...{ agent: "cline", folder: "cline", write: "tool_call-editor", read: "tool_call-read_files" },
		shell: "tool_call-run_commands-3",
		allows: (stdout) => JSON.parse(stdout).cancel === false,
		free: (stdout) => JSON.parse(stdout).cancel === false,
		denies: (stdout, reason) => JSON.parse(stdout).cancel === true && reason.test(JSON.parse(stdout).errorMessage),
		edited: (answer: { overrideInput: { new_text: string } }) => answer.overrideInput.new_text,
	},
];

/** A payload as recorded, told of this place. */
function recorded(place: Place, folder: string, name: string): string {
	const text = readFileSync(resolve("test/fixtures/agents", folder, `${name}.json`), "utf8");
	return text.replaceAll('"/workspace', `"${place.workspace}`);
}

async function startGate({ onTestFinished }: TestContext): Promise<{ place: Place; gate: GateProcess }> {
	const place = makePlace();
	const gate = await GateProcess.start(place);
	onTestFinished(() => gate.kill());
	return { place, gate };
}

function expectDenied({ code, stdout, stderr }: HookResult, { denies }: Dialect, reason: RegExp): void {
	expect(code).toBe(2);
	expect(stderr).toMatch(reason);
	expect(denies(stdout, reason), stdout).toBe(true);
}

describe.concurrent.each(DIALECTS)("$agent", (dialect) => {
	const { agent, folder } = dialect;
	const hook = (place: Place, payload: string, wait = 60) => startHook(kind, place, payload, { agent, wait });

	test.concurrent("is allowed what a person approves, and told no with the reason", async (context) => {
		const { place, gate } = await startGate(context);
		const approved = hook(place, recorded(place, folder, dialect.write));
		await gate.approve((await gate.request(1)).id);
		const { code, stdout } = await approved.done;
		expect(code).toBe(0);
		expect(dialect.allows(stdout), stdout).toBe(true);

		const denied = hook(place, recorded(place, folder, dialect.shell));
		const { id, agent: who } = await gate.request(2);
		expect(who).toBe(agent);
		await gate.deny(id, 'production "config"');
		expectDenied(await denied.done, dialect, /denied this: production "config"/);
	});

	test.concurrent("gets a reviewer's own text, or is told that it is written already", async (context) => {
		const { place, gate } = await startGate(context);
		const run = hook(place, recorded(place, folder, dialect.write));
		const content = 'a "b"\n\tläuft <ok>';
		gate.tell({ approve: (await gate.request(1)).id, content });
		const result = await run.done;
		if (dialect.edited) {
			expect(result.code).toBe(0);
			expect(dialect.edited(JSON.parse(result.stdout) as never)).toBe(content);
			expect(isThere(place, "new.txt")).toBe(false);
		} else {
			expectDenied(result, dialect, /changed version of this file. It is done; read the file again/);
			expect(readFileSync(`${place.workspace}/new.txt`, "utf8")).toBe(content);
		}
	});

	test.concurrent("is sent away with a ticket when nobody decides, and takes the verdict up again", async (context) => {
		const { place, gate } = await startGate(context);
		const payload = recorded(place, folder, dialect.shell);
		const first = await hook(place, payload, 1).done;
		const { id } = await gate.request(1);
		expectDenied(first, dialect, new RegExp(`has not decided yet \\(ticket ${id.slice(0, 8)}`));
		await gate.approve(id);
		const second = await hook(place, payload).done;
		expect(second.code).toBe(0);
		expect(dialect.allows(second.stdout)).toBe(true);
		expect(gate.shown()).toHaveLength(1);
	});

	test.concurrent("reads freely, and nobody is asked", async (context) => {
		if (!dialect.read) return;
		const { place, gate } = await startGate(context);
		const { code, stdout } = await hook(place, recorded(place, folder, dialect.read)).done;
		expect(code).toBe(0);
		expect(dialect.free(stdout), stdout).toBe(true);
		expect(gate.shown()).toEqual([]);
	});

	test.concurrent("is refused in words that a person can read, whatever else it sends", async (context) => {
		const { place, gate } = await startGate(context);
		const good = recorded(place, folder, dialect.shell);
		const bad: Record<string, string> = {
			nothing: "",
			"half of it": good.slice(0, good.length / 2),
			"no object": "[]",
			null: "null",
			"no text": "\u0000\u0001",
			"a name twice": '{"session_id":"a","session_id":"b"}',
			"other types": good
				.replace(/"(rm victim.txt|tool_call|PreToolUse|BeforeTool)"/g, "5")
				.replace(/_name": ?"[^"]+"/g, '_name": 5'),
			"33 MB": good.replace("rm victim.txt", "x".repeat(33 * 1024 * 1024)),
		};
		for (const [name, payload] of Object.entries(bad)) {
			const result = await hook(place, payload).done;
			expect([name, result.code]).toEqual([name, 2]);
			expect(result.stderr, name).toMatch(/[A-Za-z]{3,} [A-Za-z]{2,}/);
			if (result.stdout.trim() !== "") expect(dialect.allows(result.stdout), name).toBe(false);
		}
		expect(gate.shown()).toEqual([]);
	});
});

test("an agent that runs hooks from another's settings is answered in its own words, and the person is asked once", async (context) => {
	const { place, gate } = await startGate(context);
	const payload = recorded(place, "qwen", "PreToolUse-run_shell_command-3");
	const own = startHook(kind, place, payload, { agent: "qwen-code" });
	await gate.request(1);
	const borrowed = startHook(kind, place, payload, { agent: "claude-code" });
	await fetch(`${gate.discovery.url}/health`);
	await gate.approve((await gate.request(1)).id);
	const late = await runHook(kind, place, payload, { agent: "codex" });
	for (const { code, stdout } of [await own.done, await borrowed.done, late]) {
		expect(code).toBe(0);
		expect(decision(stdout)).toBe("allow");
	}
	expect(gate.shown()).toMatchObject([{ agent: "qwen-code" }]);
	// The same hook a second time is another run of the same call.
	const again = await runHook(kind, place, payload, { agent: "qwen-code" });
	expect([again.code, again.stderr]).toEqual([2, expect.stringContaining("Do not make it twice")]);
});

test("a caller that nobody knows is denied in every dialect at once", async (context) => {
	const { place } = await startGate(context);
	const payload = JSON.stringify({ sessionId: "s", toolName: "bash", toolArgs: { command: "rm x" } });
	for (const agent of ["claude-code", "codex", "cline"]) {
		const { code, stdout, stderr } = await runHook(kind, place, payload, { agent });
		expect(code).toBe(2);
		expect(stderr).toContain("cannot read this hook payload");
		expect(JSON.parse(stdout)).toMatchObject({
			...{ permissionDecision: "deny", decision: "block", permission: "deny", cancel: true },
			hookSpecificOutput: { permissionDecision: "deny" },
		});
	}
});

test("a shell that Codex could type into is high, and the reviewer reads why", async (context) => {
	const { place, gate } = await startGate(context);
	const run = startHook(kind, place, recorded(place, "codex", "PreToolUse-Bash-6"), { agent: "codex" });
	const request = await gate.request(1);
	expect(request).toMatchObject({ tier: "high", request: { why: [expect.stringContaining("asks nobody")] } });
	await gate.deny(request.id, "no");
	expect((await run.done).code).toBe(2);
});

test("the end of a call without an id is told from its content, the oldest first", async (context) => {
	const { place, gate } = await startGate(context);
	const before = recorded(place, "gemini", "BeforeTool-run_shell_command-3");
	const after = recorded(place, "gemini", "AfterTool-run_shell_command-3");
	const runs: string[] = [];
	for (const which of [1, 2]) {
		const run = startHook(kind, place, before, { agent: "gemini-cli" });
		const { id } = await gate.request(which);
		await gate.approve(id);
		expect((await run.done).code).toBe(0);
		runs.push(id);
	}
	const executed = (id: string | undefined) =>
		gate.events.some((event) => event.event === "outcome" && event.id === id && event.outcome === "executed");
	await runHook(kind, place, after, { agent: "gemini-cli" });
	await gate.event((event) => event.event === "outcome" && event.outcome === "executed");
	expect(runs.map(executed)).toEqual([true, false]);
	await runHook(kind, place, after, { agent: "gemini-cli" });
	await gate.event((event) => event.id === runs[1] && event.outcome === "executed");
});

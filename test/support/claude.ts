import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { shellQuote } from "../../src/base/shellQuote.ts";
import type { ModelServer } from "../../src/doctor/modelServer.ts";
import { locateClaude } from "./agentCache.ts";
import { atExit } from "./tempDir.ts";

interface ClaudeOptions {
	workspace: string;
	/** A fresh directory: nothing of the developer's own settings may decide a test. */
	home: string;
	model: ModelServer;
	prompt?: string;
	environment?: Record<string, string>;
	extraArguments?: string[];
}

export interface AgentResult {
	code: number | null;
	signal: string | null;
	stdout: string;
	stderr: string;
	/** The lines of `stdout`: the run's stream, hook events included. */
	events: unknown[];
}

export interface ClaudeRun {
	readonly process: ChildProcess;
	readonly done: Promise<AgentResult>;
	/** Ends the agent with all it has started, hooks included. */
	kill(): void;
}

/** Runs the real Claude Code against a scripted model, permissions skipped: only a hook can stop a call. Needs `provisionClaude()`. */
export function runClaude(options: ClaudeOptions): ClaudeRun {
	const program = locateClaude();
	const child = spawn(program.claude, argumentsOf(options), {
		cwd: options.workspace,
		env: environmentOf(options, program.node),
		detached: true,
		stdio: ["ignore", "pipe", "pipe"],
	});
	// Detached, it would outlive a test run that is cut short.
	atExit(() => killTree(child));
	return { process: child, done: collect(child), kill: () => killTree(child) };
}

/** The same as a script for a terminal, on top of what that terminal has in its environment. */
export function claudeScript(options: ClaudeOptions): string {
	const program = locateClaude();
	const variables = Object.entries(environmentOf(options, program.node)).map(
		([name, value]) => `export ${name}=${shellQuote(value ?? "")}`,
	);
	const command = [program.claude, ...argumentsOf(options)].map(shellQuote).join(" ");
	return ["#!/bin/sh", ...variables, `cd ${shellQuote(options.workspace)}`, `exec ${command} </dev/null`, ""].join(
		"\n",
	);
}

function argumentsOf({ prompt = "Do the task.", extraArguments = [] }: ClaudeOptions): string[] {
	return [
		...["-p", prompt, "--model", "claude-sonnet-4-5"],
		...["--output-format", "stream-json", "--verbose", "--include-hook-events"],
		"--dangerously-skip-permissions",
		...extraArguments,
	];
}

/** Built from nothing: a developer's own key, proxy or Claude settings must neither be used nor be needed. */
function environmentOf({ home, model, environment }: ClaudeOptions, node: string): NodeJS.ProcessEnv {
	const temporary = join(home, "tmp");
	mkdirSync(temporary, { recursive: true });
	return {
		PATH: [dirname(node), "/usr/local/bin", "/usr/bin", "/bin"].join(":"),
		HOME: home,
		TMPDIR: temporary,
		LANG: "C.UTF-8",
		TERM: "dumb",
		SHELL: "/bin/bash",
		USER: "agent",
		ANTHROPIC_BASE_URL: model.url,
		ANTHROPIC_API_KEY: "sk-dummy-not-a-key",
		// Claude refuses to skip permissions as root unless it is told that the machine is a sandbox.
		IS_SANDBOX: "1",
		DISABLE_TELEMETRY: "1",
		DISABLE_ERROR_REPORTING: "1",
		DISABLE_AUTOUPDATER: "1",
		CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
		CLAUDE_CODE_MAX_RETRIES: "1",
		...environment,
	};
}

export async function collect(child: ChildProcess): Promise<AgentResult> {
	let stdout = "";
	let stderr = "";
	child.stdout?.setEncoding("utf8").on("data", (text: string) => {
		stdout += text;
	});
	child.stderr?.setEncoding("utf8").on("data", (text: string) => {
		stderr += text;
	});
	const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
		child.once("error", reject);
		child.once("close", (...ending) => resolve(ending));
	});
	return { code, signal, stdout, stderr, events: stdout.split("\n").flatMap(parseLine) };
}

/** A run that was killed ends in half a line. */
function parseLine(line: string): unknown[] {
	try {
		return [JSON.parse(line)];
	} catch {
		return [];
	}
}

/** The agent gives every hook and shell command a session of its own: its own group alone would leave them behind. */
export function killTree(child: ChildProcess): void {
	if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
	for (const target of [-child.pid, ...descendantsOf(child.pid)]) {
		try {
			process.kill(target, "SIGKILL");
		} catch {
			// Already gone.
		}
	}
}

function descendantsOf(ancestor: number): number[] {
	const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
	const parents = processes.map((name) => [Number(name), parentOf(name)] as const);
	const found = new Set([ancestor]);
	// The set grows while it is walked, so grandchildren are found too.
	for (const pid of found) for (const [candidate, parent] of parents) if (parent === pid) found.add(candidate);
	return [...found].slice(1);
}

function parentOf(pid: string): number | undefined {
	try {
		return Number(/^PPid:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
	} catch {
		return undefined;
	}
}

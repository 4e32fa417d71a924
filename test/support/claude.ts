import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { claudeCodeCanary } from "../../src/adapters/claudeCode/canary.ts";
import { shellQuote } from "../../src/base/shellQuote.ts";
import type { ModelServer } from "../../src/doctor/modelServer.ts";
import { killTree } from "../../src/doctor/processTree.ts";
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
function environmentOf({ workspace, home, model, environment }: ClaudeOptions, node: string): NodeJS.ProcessEnv {
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
		...claudeCodeCanary.start(model.url, { workspace, userHome: home, environment: {} }).environment,
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

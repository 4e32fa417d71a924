import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, type TestContext, test } from "vitest";
import { type ModelServer, startModelServer, type Turn } from "../../src/doctor/modelServer.ts";
import { provisionClaude } from "../support/agentCache.ts";
import { type ClaudeRun, runClaude } from "../support/claude.ts";
import { CLI, countersign, expectNoBypass, GateProcess, makePlace, type Place } from "../support/gateProcess.ts";
import { type Shown, TelegramDouble } from "../support/telegramDouble.ts";
import { tempDir } from "../support/tempDir.ts";

/**
 * The article's night, with the real Claude Code in its auto-approve mode: it cleans up while its person sleeps, and all
 * that stands between it and production/config.yml is a phone.
 */
beforeAll(async () => {
	await provisionClaude();
}, 600_000);

let telegram: TelegramDouble;
beforeEach(async () => {
	telegram = await TelegramDouble.start();
});
afterEach(() => telegram.close());

interface Night {
	readonly place: Place;
	readonly log: string;
	readonly config: string;
}

/** A cache log that may go, and a config that looks unused, in a folder that the policy names. */
async function makeNight(): Promise<Night> {
	const etc = tempDir("etc-");
	for (const folder of ["cache", "production"]) mkdirSync(join(etc, folder));
	const [log, config] = [join(etc, "cache/tmp.log"), join(etc, "production/config.yml")];
	writeFileSync(log, "x");
	writeFileSync(config, "db: prod\n");
	const place = makePlace({}, `roots: [${etc}]\n`);
	writeFileSync(join(place.home, "channels.yaml"), telegram.settings(), { mode: 0o600 });
	const connected = await countersign(place, ["connect", "claude-code", "--workspace", place.workspace]);
	expect(connected.code, connected.stderr).toBe(0);
	return { place, log, config };
}

async function startGate({ onTestFinished }: TestContext, { place }: Night): Promise<GateProcess> {
	const gate = await GateProcess.start(place);
	onTestFinished(() => gate.kill());
	return gate;
}

async function startClaude(
	{ onTestFinished }: TestContext,
	{ place }: Night,
	commands: readonly string[],
): Promise<ClaudeRun & { model: ModelServer }> {
	const turns = commands.map(
		(command): Turn => ({ calls: [{ name: "Bash", input: { command, description: "Clean up" } }] }),
	);
	const model = await startModelServer(turns);
	const environment = { COUNTERSIGN_HOME: place.home };
	const run = runClaude({
		workspace: place.workspace,
		home: tempDir("agent-"),
		model,
		environment,
		prompt: "Free some disk space.",
	});
	onTestFinished(async () => {
		run.kill();
		await model.stop();
	});
	return { ...run, model };
}

async function denyWithReason(card: Shown, reason: string): Promise<void> {
	expect(await telegram.press(card, "Deny")).toMatch(/^Why\?/);
	await telegram.until(() => card.buttons.length === 7);
	telegram.write(reason, { to: card });
}

async function logOf(place: Place): Promise<string[]> {
	const { stdout } = await countersign(place, ["log"]);
	const lines = stdout.trimEnd().split("\n");
	for (const line of lines) expect(line).toMatch(/^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] /);
	return lines.map((line) => line.slice(22));
}

test("Claude Code cleans up at night: the cache log goes with one tap, production/config.yml stays with two words, also over a gate that is killed while Claude waits", async (context) => {
	const night = await makeNight();
	const { place, log, config } = night;
	const gate = await startGate(context, night);
	const claude = await startClaude(context, night, [`rm ${log}`, `rm ${config}`]);
	const first = await telegram.card(/cache\/tmp\.log/);
	expect(existsSync(log)).toBe(true);
	expect(await telegram.press(first, "Approve")).toBe("Approved.");
	const second = await telegram.card(/production\/config\.yml/);
	expect(existsSync(log)).toBe(false);
	await telegram.until(() => /approved by zhaocaiwen via telegram, executed/.test(first.text));

	// What answers after a request was shown has told the hook its ticket.
	await fetch(`${gate.discovery.url}/health`);
	const old = second.buttons[0]?.callback_data;
	await gate.kill();
	const next = await startGate(context, night);
	await telegram.until(() => second.buttons[0] && second.buttons[0].callback_data !== old);
	await denyWithReason(second, "production config");
	expect((await claude.done).code).toBe(0);

	expect(readFileSync(config, "utf8")).toBe("db: prod\n");
	expect(JSON.stringify(claude.model.requests.at(-1))).toContain("production config");
	expect(claude.model.toolResults()).toMatchObject([
		{ isError: false },
		{ isError: true, text: expect.stringContaining("production config") },
	]);
	await telegram.until(() => /denied by zhaocaiwen via telegram/.test(second.text));
	expect(telegram.messages.filter(({ text }) => /tmp\.log|config\.yml/.test(text))).toHaveLength(2);
	await next.stop();
	expect(await logOf(place)).toEqual([
		`REQUEST: shell_execute("rm ${log}")`,
		"APPROVED by zhaocaiwen via telegram",
		"EXECUTED: shell_execute",
		`REQUEST: shell_execute("rm ${config}")`,
		"DENIED by zhaocaiwen via telegram",
		"CANCELED: shell_execute (reason: production config)",
	]);
	expect((await countersign(place, ["verify"])).code).toBe(0);
	await expectNoBypass(place);
}, 180_000);

test("what Claude Code asks for by countersign request is in the log to the letter as in the article", async (context) => {
	const night = await makeNight();
	const { place, log, config } = night;
	const gate = await startGate(context, night);
	const commandFor = (path: string) => [process.execPath, CLI, "request", "file_delete", "--path", path].join(" ");
	const claude = await startClaude(context, night, [log, config].map(commandFor));
	// The command is Claude's own call, and asked for as any other; what it asks for is another request.
	expect(await telegram.press(await telegram.card(/^run [\s\S]*tmp\.log/m), "Approve")).toBe("Approved.");
	expect(await telegram.press(await telegram.card(/^delete .*tmp\.log$/m), "Approve")).toBe("Approved.");
	expect(await telegram.press(await telegram.card(/^run [\s\S]*config\.yml/m), "Approve")).toBe("Approved.");
	expect(existsSync(log)).toBe(false);
	await denyWithReason(await telegram.card(/^delete .*config\.yml$/m), "production config");
	expect((await claude.done).code).toBe(0);
	expect(readFileSync(config, "utf8")).toBe("db: prod\n");
	expect(JSON.stringify(claude.model.requests.at(-1))).toContain("production config");
	await gate.stop();
	const around = (path: string, inner: readonly string[], end: unknown) => [
		`REQUEST: shell_execute("${commandFor(path)}")`,
		"APPROVED by zhaocaiwen via telegram",
		...inner,
		end,
	];
	expect(await logOf(place)).toEqual([
		...around(
			log,
			[`REQUEST: file_delete("${log}")`, "APPROVED by zhaocaiwen via telegram", "EXECUTED: file_delete"],
			"EXECUTED: shell_execute",
		),
		...around(
			config,
			[
				`REQUEST: file_delete("${config}")`,
				"DENIED by zhaocaiwen via telegram",
				"CANCELED: file_delete (reason: production config)",
			],
			expect.stringMatching(/^FAILED: shell_execute \(reason: Exit code 1/),
		),
	]);
}, 180_000);

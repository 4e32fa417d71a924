import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, type TestContext, test } from "vitest";
import type { Turn } from "../../src/doctor/modelServer.ts";
import { provisionAgent } from "../support/agentPackages.ts";
import { countersign, expectNoBypass, GateProcess, journalOf } from "../support/gateProcess.ts";
import { hookProcesses, killAll } from "../support/processes.ts";
import { type AgentPlace, makeAgentPlace, REAL_AGENTS, type RealAgent, runAgent } from "../support/realAgents.ts";

/**
 * The real agents in their auto-approve modes, where nothing but our hooks stands between the model and the disk. The model
 * is scripted, the configuration is what `countersign connect` writes.
 */

const FILES = { "victim.txt": "alive\n", "config.txt": "mode=prod\nport=80\n" };

function disk({ workspace }: AgentPlace): Record<string, string> {
	const names = readdirSync(workspace).filter((name) => !name.startsWith("."));
	return Object.fromEntries(names.map((name) => [name, readFileSync(join(workspace, name), "utf8")]));
}

/** Both at once, as one turn of the model. */
const together = (...turns: Turn[]): Turn => ({ calls: turns.flatMap((turn) => ("calls" in turn ? turn.calls : [])) });

const types = async (place: AgentPlace) => (await journalOf(place)).map((record) => record.type);

const AGENTS = REAL_AGENTS.map((real) => [`${real.agent}${real.mode ?? ""}`, real] as const);

describe.each(AGENTS)("%s", (_, real: RealAgent) => {
	const { write, edit, shell, read } = real.calls;
	const readFirst = (workspace: string) => (read ? [read(join(workspace, "config.txt"))] : []);

	beforeAll(async () => {
		await provisionAgent(real.agent);
	});

	/** Connected, with a gate unless none is wanted. */
	async function start(
		{ onTestFinished }: TestContext,
		script: (workspace: string) => readonly Turn[],
		{ withGate = true, scope = "user" } = {},
	): Promise<{ place: AgentPlace; gate: GateProcess; done: ReturnType<typeof runAgent>["done"] }> {
		const place = await makeAgentPlace(real, FILES, script);
		onTestFinished(() => place.model.stop());
		const { code, stderr } = await countersign(place, ["connect", real.agent, "--scope", scope]);
		expect([code, stderr]).toEqual([0, expect.not.stringMatching(/nothing is gated/)]);
		const gate = withGate ? await GateProcess.start(place) : (undefined as never);
		if (withGate) onTestFinished(() => gate.kill());
		if (withGate) onTestFinished(() => expectNoBypass(place));
		const run = runAgent(real, place);
		onTestFinished(() => run.kill());
		return { place, gate, done: run.done };
	}

	/** The agent that never comes to its gate says why. */
	async function requested(gate: GateProcess, done: ReturnType<typeof runAgent>["done"], which: number) {
		const ended = done.then(({ stdout, stderr }) => Promise.reject(new Error(`it ended:\n${stdout}\n${stderr}`)));
		return Promise.race([gate.request(which), ended]);
	}

	test("a write, an edit and a shell command each wait for a person and then run", async (context) => {
		const { place, gate, done } = await start(context, (workspace) => [
			...readFirst(workspace),
			write(join(workspace, "new.txt"), "hello\n"),
			edit(join(workspace, "config.txt"), "mode=prod", "mode=dev"),
			shell("rm victim.txt"),
		]);
		const { "victim.txt": _, ...rest } = FILES;
		const edited = { "config.txt": "mode=dev\nport=80\n", "new.txt": "hello\n" };
		const steps = [
			{ ...FILES, "new.txt": "hello\n" },
			{ ...FILES, ...edited },
			{ ...rest, ...edited },
		];
		let before: Record<string, string> = FILES;
		for (const [index, after] of steps.entries()) {
			const { id } = await requested(gate, done, index + 1);
			expect(disk(place)).toEqual(before);
			await gate.approve(id);
			await gate.event((event) => event.event === "outcome" && event.id === id && event.outcome === "executed");
			expect(disk(place)).toEqual(after);
			before = after;
		}
		await done;
		expect(gate.shown().map((event) => event.tool)).toEqual(["file_write", "file_write", "shell_execute"]);
		expect(gate.shown().map((event) => event.agent)).toEqual([real.agent, real.agent, real.agent]);
		expect(await countersign(place, ["verify"])).toMatchObject({ code: 0 });
	});

	test("denied calls leave the disk as it was, and the model is told why", async (context) => {
		const { place, gate, done } = await start(context, (workspace) => [
			...readFirst(workspace),
			shell("rm victim.txt"),
			write(join(workspace, "new.txt"), "hello\n"),
			edit(join(workspace, "config.txt"), "mode=prod", "mode=dev"),
		]);
		for (const index of [1, 2, 3]) {
			await gate.deny((await requested(gate, done, index)).id, `production config ${index}`);
		}
		await done;
		expect(disk(place)).toEqual(FILES);
		for (const index of [1, 2, 3]) {
			const next = place.model.requests.at(index - 4);
			expect(JSON.stringify(next)).toContain(`production config ${index}`);
		}
		expect(await types(place)).not.toContain("INTENT");
	});

	test("nothing runs where no gate is", async (context) => {
		const { place, done } = await start(
			context,
			(workspace) => [shell("rm victim.txt"), write(join(workspace, "new.txt"), "hello\n")],
			{ withGate: false },
		);
		await done;
		expect(disk(place)).toEqual(FILES);
		expect(place.model.toolResults()).toEqual([expect.stringContaining("no gate"), expect.stringContaining("no gate")]);
	});

	test("connected for the folder alone, it asks as well", async (context) => {
		const { place, gate, done } = await start(context, () => [shell("rm victim.txt")], { scope: "project" });
		await gate.deny((await requested(gate, done, 1)).id, "production config");
		await done;
		expect(disk(place)).toEqual(FILES);
		expect(JSON.stringify(place.model.requests.at(-1))).toContain("production config");
	});

	test("nothing runs when the hook is killed while the call waits, nor at an approval after that", async (context) => {
		const { place, gate, done } = await start(context, () => [shell("rm victim.txt")]);
		const { id } = await requested(gate, done, 1);
		// What answers after a request was shown has told its hook the ticket.
		await fetch(`${gate.discovery.url}/health`);
		const ours = hookProcesses(place.home);
		expect(ours.length).toBeGreaterThan(1);
		killAll(ours);
		await done;
		await gate.approve(id);
		expect(disk(place)).toEqual(FILES);
		expect(await types(place)).not.toContain("EXECUTED");
	});

	test("a write approved with changes comes out exactly as the reviewer wrote it", async (context) => {
		const { place, gate, done } = await start(context, (workspace) => [write(join(workspace, "new.txt"), "hello\n")]);
		const { id } = await requested(gate, done, 1);
		const content = 'password="$(vault read it)"\n\n\tläuft \\ <ok>';
		gate.tell({ approve: id, content });
		await gate.event((event) => event.event === "outcome" && event.id === id && event.outcome === "executed");
		await done;
		expect(disk(place)).toEqual({ ...FILES, "new.txt": content });
		expect(await countersign(place, ["verify"])).toMatchObject({ code: 0 });
	});
});

const openCode = REAL_AGENTS.find(({ agent }) => agent === "opencode") as RealAgent;

test("OpenCode runs the calls of one turn at the same time: each waits, and each is decided for itself", async (context) => {
	const { write } = openCode.calls;
	const place = await makeAgentPlace(openCode, FILES, (workspace) => [
		together(write(join(workspace, "one.txt"), "1\n"), write(join(workspace, "two.txt"), "2\n")),
	]);
	context.onTestFinished(() => place.model.stop());
	await countersign(place, ["connect", "opencode", "--scope", "user"]);
	const gate = await GateProcess.start(place);
	context.onTestFinished(() => gate.kill());
	const run = runAgent(openCode, place);
	context.onTestFinished(() => run.kill());
	const [one, two] = [await gate.request(/one\.txt/), await gate.request(/two\.txt/)];
	expect(disk(place)).toEqual(FILES);
	await gate.approve(two.id);
	await gate.deny(one.id, "not that one");
	await run.done;
	expect(disk(place)).toEqual({ ...FILES, "two.txt": "2\n" });
	expect(place.model.toolResults().join()).toContain("not that one");
});

test("where OpenCode loads no plugin, the floor asks, and without anybody to answer that is a no", async (context) => {
	const bare = { ...openCode, words: ["run", "--pure", "--format", "json", "Do the task."] };
	const place = await makeAgentPlace(bare, FILES, () => [bare.calls.shell("rm victim.txt")]);
	context.onTestFinished(() => place.model.stop());
	await countersign(place, ["connect", "opencode", "--scope", "user"]);
	const run = runAgent(bare, place);
	context.onTestFinished(() => run.kill());
	await run.done;
	expect(disk(place)).toEqual(FILES);
});

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, type TestContext, test } from "vitest";
import type { Turn } from "../../src/doctor/modelServer.ts";
import { provisionAgent } from "../support/agentPackages.ts";
import { countersign, expectNoBypass, GateProcess } from "../support/gateProcess.ts";
import { hookProcesses, killAll } from "../support/processes.ts";
import { type AgentPlace, CLINE, makeAgentPlace, runAgent } from "../support/realAgents.ts";

/** The real Cline with the scripts that `countersign connect` wrote. It can be kept safe; a denial ends its run. */

const FILES = { "victim.txt": "alive\n", "config.txt": "mode=prod\nport=80\n" };
const { write, edit, shell } = CLINE.calls;

beforeAll(async () => {
	await provisionAgent("cline");
});

function disk({ workspace }: AgentPlace): Record<string, string> {
	const names = readdirSync(workspace).filter((name) => !name.startsWith("."));
	return Object.fromEntries(names.map((name) => [name, readFileSync(join(workspace, name), "utf8")]));
}

async function start(
	{ onTestFinished }: TestContext,
	script: (workspace: string) => readonly Turn[],
	{ withGate = true, options = [] as readonly string[] } = {},
) {
	const place = await makeAgentPlace(CLINE, FILES, script);
	onTestFinished(() => place.model.stop());
	expect((await countersign(place, ["connect", "cline", ...options])).code).toBe(0);
	const gate = withGate ? await GateProcess.start(place) : (undefined as never);
	if (withGate) onTestFinished(() => gate.kill());
	if (withGate) onTestFinished(() => expectNoBypass(place));
	const run = runAgent(CLINE, place);
	onTestFinished(() => run.kill());
	return { place, gate, done: run.done };
}

test("a write, an edit and a shell command each wait for a person and then run", async (context) => {
	const { place, gate, done } = await start(context, (workspace) => [
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
		const { id } = await gate.request(index + 1);
		expect(disk(place)).toEqual(before);
		await gate.approve(id);
		await gate.event((event) => event.event === "outcome" && event.id === id && event.outcome === "executed");
		expect(disk(place)).toEqual(after);
		before = after;
	}
	await done;
});

test("a denial leaves the disk as it was and ends the run", async (context) => {
	const { place, gate, done } = await start(context, () => [shell("rm victim.txt"), shell("rm config.txt")]);
	await gate.deny((await gate.request(1)).id, "production config");
	const { stdout } = await done;
	expect(stdout).toContain('"finishReason":"aborted"');
	// What the documentation says about it: nobody but the gate tells the reason.
	expect(stdout).not.toContain("production config");
	expect(disk(place)).toEqual(FILES);
	expect(place.model.requests).toHaveLength(1);
});

test("nothing runs where no gate is", async (context) => {
	const { place, done } = await start(context, () => [shell("rm victim.txt")], { withGate: false });
	await done;
	expect(disk(place)).toEqual(FILES);
});

test("a write approved with changes comes out exactly as the reviewer wrote it", async (context) => {
	const { place, gate, done } = await start(context, (workspace) => [write(join(workspace, "new.txt"), "hello\n")]);
	const { id } = await gate.request(1);
	const content = 'password="$(vault read it)"\n\n\tläuft \\ <ok>\n';
	gate.tell({ approve: id, content });
	await gate.event((event) => event.event === "outcome" && event.id === id && event.outcome === "executed");
	await done;
	expect(disk(place)).toEqual({ ...FILES, "new.txt": content });
});

const removal = () => [shell("rm victim.txt")];

test("connected for every folder, it asks as well", async (context) => {
	const { place, gate, done } = await start(context, removal, { options: ["--scope", "user"] });
	await gate.deny((await gate.request(1)).id, "production config");
	await done;
	expect(disk(place)).toEqual(FILES);
});

test("nothing runs when our program is killed while the call waits, nor at an approval after that", async (context) => {
	const { place, gate, done } = await start(context, removal);
	const { id } = await gate.request(1);
	await fetch(`${gate.discovery.url}/health`);
	const ours = hookProcesses(place.home);
	expect(ours.length).toBeGreaterThan(1);
	killAll(ours);
	await done;
	await gate.approve(id);
	expect(disk(place)).toEqual(FILES);
});

test("nothing runs when the gate is killed while the call waits", async (context) => {
	const { place, gate, done } = await start(context, removal);
	await gate.request(1);
	await gate.kill();
	await done;
	expect(disk(place)).toEqual(FILES);
});

test("nobody decides in time: the run ends, and a late approval runs nothing", async (context) => {
	const { place, gate, done } = await start(context, removal, { options: ["--wait", "2"] });
	const { id } = await gate.request(1);
	await done;
	await gate.approve(id);
	expect(disk(place)).toEqual(FILES);
});

test("three calls in one turn: a denial of one ends them all, the approved one too", async (context) => {
	const { place, gate, done } = await start(context, (workspace) => [
		{
			calls: [write(join(workspace, "one.txt"), "1\n"), shell("rm victim.txt"), shell("rm config.txt")].flatMap(
				(turn) => ("calls" in turn ? turn.calls : []),
			),
		},
	]);
	await gate.approve((await gate.request(/one\.txt/)).id);
	await gate.deny((await gate.request(/rm victim/)).id, "keep it");
	await done;
	expect(disk(place)).toEqual(FILES);
});

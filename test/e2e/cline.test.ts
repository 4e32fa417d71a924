import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, type TestContext, test } from "vitest";
import type { Turn } from "../../src/doctor/modelServer.ts";
import { provisionAgent } from "../support/agentPackages.ts";
import { countersign, GateProcess } from "../support/gateProcess.ts";
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

async function start({ onTestFinished }: TestContext, script: (workspace: string) => readonly Turn[], withGate = true) {
	const place = await makeAgentPlace(CLINE, FILES, script);
	onTestFinished(() => place.model.stop());
	expect((await countersign(place, ["connect", "cline"])).code).toBe(0);
	const gate = withGate ? await GateProcess.start(place) : (undefined as never);
	if (withGate) onTestFinished(() => gate.kill());
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
	const { place, done } = await start(context, () => [shell("rm victim.txt")], false);
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

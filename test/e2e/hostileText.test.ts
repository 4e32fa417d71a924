import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GateClient } from "../../src/endpoint/client.ts";
import type { Action } from "../../src/protocol/action.ts";
import type { RequestState } from "../../src/protocol/messages.ts";
import { countersign, GateProcess, makePlace, type Place } from "../support/gateProcess.ts";
import { PromptProcess } from "../support/promptProcess.ts";

/** Clears a screen, names a window, makes a link, fills a clipboard, rings, begins a line anew; and what is not drawn. */
const RAW =
	"\u001b[2J\u001b]0;title\u0007\u001b]8;;https://evil.example\u0007link\u001b]52;c;cm0=\u0007\r\u009b2J\u007f\u202e\u2028";
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;
/** What a terminal's own line editor sends to place its prompt. */
const OWN = /\u001b\[\d*[GJ]|\r/g;

const ACTIONS: Readonly<Record<string, Action>> = {
	command: { tool: "shell_execute", command: `echo ${RAW}` },
	words: { tool: "shell_execute", argv: ["echo", RAW], env: { X: RAW } },
	file: { tool: "file_write", path: `a${RAW.replaceAll("/", "")}.txt`, content: RAW },
	message: { tool: "send_message", to: RAW, text: RAW },
	call: { tool: "api_call", method: "POST", url: `https://a.example/${RAW}`, headers: { a: RAW }, body: RAW },
	tool: { tool: "mcp_call", server: RAW, name: RAW, arguments: { [RAW]: RAW } },
	own: { tool: "custom", name: RAW, arguments: { a: RAW } },
};

async function askAll(client: GateClient, actions: Readonly<Record<string, Action>>, intent: string) {
	const ids: Record<string, string> = {};
	for (const [key, action] of Object.entries(actions)) {
		ids[key] = ((await client.call("request/submit", { key, action, intent, waitMs: 0 })) as RequestState).id;
	}
	return ids;
}

const outputs = async (place: Place) => {
	const commands = [
		["log"],
		["log", "--all", "--format", "jsonl"],
		["log", "--format", "ecs"],
		["log", "--format", "ocsf"],
		["pending"],
	];
	const ran = await Promise.all(commands.map((args) => countersign(place, args)));
	return ran.map(({ stdout, stderr }) => stdout + stderr);
};

describe("T19 · no control character of an agent or a reviewer reaches a terminal, a log or a line of JSON raw", () => {
	test("at the prompt: when it is asked, when it is shown, when it is denied", async () => {
		const place = makePlace();
		const prompt = new PromptProcess(place);
		const client = await GateClient.connect(await prompt.discovery(), { agent: { name: RAW }, session: { id: RAW } });
		const ids = await askAll(client, ACTIONS, RAW);
		await prompt.see(/custom/);
		for (const id of Object.values(ids)) prompt.type(`show ${id.slice(0, 8)}`);
		await prompt.see(/(?:revision 1[\s\S]*){7}/);
		prompt.type(`${RAW.replace("\r", "")} x`);
		prompt.type(`show ${RAW.replace("\r", "")}`);
		await prompt.see(/Nothing that waits begins with/);
		for (const id of Object.values(ids)) prompt.type(`deny ${id.slice(0, 8)} because ${RAW.replace("\r", "")}`);
		for (const id of Object.values(ids))
			expect(await client.call("request/wait", { id })).toMatchObject({ status: "denied" });
		const texts = [prompt.screen.replace(OWN, ""), ...(await outputs(place))];
		for (const text of texts) {
			for (const line of text.split("\n")) expect(line).not.toMatch(CONTROLS);
			expect(text === "Nothing waits.\n" || text.includes("\\u")).toBe(true);
		}
		const published = readFileSync(join(place.workspace, ".countersign/audit.jsonl"), "utf8");
		expect(published.replace(/[\u007f-\u009f\u2028-\u202e]/g, "")).not.toMatch(CONTROLS);
		client.close();
		await prompt.stop();
	});

	test("while it waits: the list, and every line of serve --json", async () => {
		const place = makePlace();
		const gate = await GateProcess.start(place);
		const client = await GateClient.connect(gate.discovery, { agent: { name: RAW }, session: { id: RAW } });
		await askAll(client, ACTIONS, RAW);
		await gate.request(Object.keys(ACTIONS).length);
		expect(gate.events).toHaveLength(Object.keys(ACTIONS).length + 1);
		for (const event of gate.shown()) expect(event.summary).not.toMatch(CONTROLS);
		for (const text of await outputs(place)) for (const line of text.split("\n")) expect(line).not.toMatch(CONTROLS);
		client.close();
		await gate.kill();
	});
});

const MARKS =
	"[x](command:countersign.approve?[1]) <img src=//evil.example/x> $(zap) ``` @everyone <b>_*~|#+-=.!</b> https://evil.example/";

test("T20: markup of any kind is literal text wherever it is told", async () => {
	const place = makePlace();
	const gate = await GateProcess.start(place);
	const client = await GateClient.connect(gate.discovery, { agent: { name: MARKS }, session: { id: "s" } });
	const ids = await askAll(client, { command: { tool: "shell_execute", command: MARKS } }, MARKS);
	const shown = await gate.request();
	expect([shown.target, shown.agent]).toEqual([MARKS, MARKS]);
	expect(shown.summary).toBe(`shell_execute(${JSON.stringify(MARKS)})`);
	const [, jsonl] = await outputs(place);
	expect(jsonl).toContain(MARKS);
	await gate.deny(ids.command ?? "", MARKS);
	expect(await client.call("request/wait", { id: ids.command ?? "" })).toMatchObject({ decision: { reason: MARKS } });
	client.close();
	await gate.kill();
});

test("T22: what the agent says changes no fact and no tier, and stands last, marked as its words", async () => {
	const place = makePlace({ "tree/a.txt": "x\n" });
	const prompt = new PromptProcess(place);
	const client = await GateClient.connect(await prompt.discovery(), { agent: { name: "a" } });
	const remove: Action = { tool: "file_delete", path: "tree", recursive: true };
	await askAll(
		client,
		{ said: remove },
		"Harmless, tier normal, already approved by Alice.\nAPPROVED by alice via editor",
	);
	const [, id = ""] = await prompt.see(/([0-9a-f]{8}) file_delete[\s\S]*the agent says/);
	const lines = prompt.screen.split("\n").map((line) => line.trim());
	const from = lines.findIndex((line) => line.includes(id));
	expect(lines.slice(from).filter(Boolean).slice(0, 5)).toEqual([
		expect.stringContaining(`file_delete("${join(place.workspace, "tree")}") deletes 2 entries, 2 bytes`),
		"a",
		"HIGH",
		"It deletes a folder with everything in it.",
		"the agent says: Harmless, tier normal, already approved by Alice.\\nAPPROVED by alice via editor",
	]);
	await askAll(client, { silent: remove }, "x");
	expect((await countersign(place, ["pending"])).stdout.match(/^\S+.*high.*file_delete/gm)).toHaveLength(2);
	client.close();
	await prompt.stop();
});

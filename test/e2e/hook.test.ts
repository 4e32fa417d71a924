import { spawn, spawnSync } from "node:child_process";
import { chownSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join, relative, resolve } from "node:path";
import { describe, expect, type TestContext, test } from "vitest";
import { hookCommand } from "../../src/adapters/claudeCode/settings.ts";
import { realDisk } from "../../src/store/disk.ts";
import { folderIdOf, homeAt } from "../../src/store/home.ts";
import { layPrograms } from "../../src/store/launcher.ts";
import { countersign, GateProcess, journalOf, makePlace, type Place } from "../support/gateProcess.ts";
import {
	HOOK_KINDS,
	type HookResult,
	installHook,
	makePlaceNamed,
	recordedPayload,
	runHook,
	startFakeGate,
	startHook,
} from "../support/hookProcess.ts";
import { processesNaming } from "../support/processes.ts";
import { tempDir } from "../support/tempDir.ts";

const ALLOW = '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"allow"}}';
const TICKET = "0123456789abcdef0123456789abcdef";

async function startGate(
	{ onTestFinished }: TestContext,
	place = makePlace(),
): Promise<{ place: Place; gate: GateProcess }> {
	const gate = await GateProcess.start(place);
	onTestFinished(() => gate.kill());
	return { place, gate };
}

/** The only two things that an agent takes for a no; anything else on stdout might be taken for a yes. */
function expectRefused({ code, stdout, stderr }: HookResult): void {
	expect(code).toBe(2);
	expect(stderr.trim()).not.toBe("");
	if (stdout !== "") expect(JSON.parse(stdout)).toMatchObject({ hookSpecificOutput: { permissionDecision: "deny" } });
}

const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const chunked = (text: string) => `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(text)}`;
const sized = (text: string, length = Buffer.byteLength(text), status = "200 OK") =>
	`HTTP/1.1 ${status}\r\nContent-Length: ${length}\r\n\r\n${text}`;

/** What may sit at the gate's socket instead of a gate, or come of a gate that dies while it answers. */
const BAD_ANSWERS: Readonly<Record<string, (socket: Socket) => void>> = {
	"closes at once": (socket) => socket.destroy(),
	"sends garbage": (socket) => socket.end(Buffer.from("00ff80exit 0\n\n{}", "latin1")),
	"sends the allow without HTTP around it": (socket) => socket.end(`exit 0\n\n${ALLOW}`),
	"is cut off behind `exit 0`": (socket) => socket.end(chunked("exit 0\n")),
	"is cut off in the middle of the JSON": (socket) => socket.end(chunked(`exit 0\n\n${ALLOW.slice(0, 40)}`)),
	"never says that the whole allow was the end": (socket) => socket.end(chunked(`exit 0\n\n${ALLOW}`)),
	"announces more than it sends": (socket) => socket.end(sized(`exit 0\n\n${ALLOW}`, 1000)),
	"answers 500 with an allow": (socket) => socket.end(sized(`exit 0\n\n${ALLOW}`, undefined, "500 Oh no")),
	"answers 200 with nothing": (socket) => socket.end(sized("")),
	"answers 204": (socket) => socket.end("HTTP/1.1 204 No Content\r\n\r\n"),
	"answers `exit 0` without the rest": (socket) => socket.end(sized("exit 0")),
	"answers `exit 0` with one line of the rest": (socket) => socket.end(sized("exit 0\n")),
	"answers an exit code that there is not": (socket) => socket.end(sized(`exit 3\n\n${ALLOW}`)),
	"answers without the frame": (socket) => socket.end(sized(ALLOW)),
	"answers a ticket and nothing else": (socket) => socket.end(sized(`ticket ${TICKET}\n`)),
};

describe.concurrent.each(HOOK_KINDS)("the hook $name", (kind) => {
	test.concurrent("denies where no gate was ever started", async () => {
		const place = makePlace();
		await installHook(place);
		const result = await runHook(kind, place, await recordedPayload(place, "PreToolUse-Bash"));
		expectRefused(result);
		expect(result.stderr).toContain(`no gate is running for ${place.workspace}`);
	});

	test.concurrent("denies when the gate was killed and its files were left behind", async () => {
		const place = makePlace();
		await (await GateProcess.start(place)).kill();
		const result = await runHook(kind, place, await recordedPayload(place, "PreToolUse-Bash"));
		expectRefused(result);
		expect(result.stderr).toContain("the gate cannot be reached");
	});

	test.concurrent.each(Object.entries(BAD_ANSWERS))("denies when what answers %s", async (_, answer) => {
		const { place, asked } = await startFakeGate(answer);
		expectRefused(await runHook(kind, place, await recordedPayload(place, "PreToolUse-Bash")));
		expect(asked()).toBeGreaterThan(0);
	});

	test.concurrent("denies by itself when what answers hangs", async () => {
		const { place } = await startFakeGate(() => undefined);
		const start = performance.now();
		expectRefused(await runHook(kind, place, await recordedPayload(place, "PreToolUse-Bash"), { wait: 1 }));
		expect(performance.now() - start).toBeLessThan(20_000);
	});

	test.concurrent("denies by itself when the gate hangs while a person decides", async () => {
		const { place } = await startFakeGate((socket) => socket.write(chunked(`ticket ${TICKET}\n`)));
		const result = await runHook(kind, place, await recordedPayload(place, "PreToolUse-Bash"), { wait: 1 });
		expectRefused(result);
		expect(result.stderr).toContain(`not decided in time (ticket ${TICKET})`);
	});

	test.concurrent("denies with a ticket when the gate is lost while a person decides", async () => {
		const { place, asked } = await startFakeGate((socket, turn) =>
			turn === 0 ? socket.end(chunked(`ticket ${TICKET}\n`)) : socket.destroy(),
		);
		const start = performance.now();
		const result = await runHook(kind, place, await recordedPayload(place, "PreToolUse-Bash"));
		expectRefused(result);
		expect(result.stderr).toContain(`went away while a person was deciding (ticket ${TICKET})`);
		expect(asked()).toBe(16);
		expect(performance.now() - start).toBeGreaterThan(14_500);
	});

	test.concurrent("takes the verdict of a gate that came back", async (context) => {
		const { place, gate: lost } = await startGate(context);
		const hook = startHook(kind, place, await recordedPayload(place, "PreToolUse-Bash"));
		const { id } = await lost.request();
		// What answers after the request was shown has told the hook its ticket.
		await fetch(`${lost.discovery.url}/health`);
		await lost.kill();
		const { gate } = await startGate(context, place);
		await gate.approve(id);
		expect(await hook.done).toMatchObject({ code: 0, stdout: expect.stringContaining('"allow"') });
		const types = (await journalOf(place)).map((record) => record.type);
		expect(types.filter((type) => type === "REQUEST" || type === "INTENT")).toEqual(["REQUEST", "INTENT"]);
	});

	test.concurrent("allows with exactly the agent's answer on stdout, and only after the decision", async (context) => {
		const { place, gate } = await startGate(context);
		// Nothing of the user's own set-up may lead the hook astray.
		const home = tempDir("user-");
		writeFileSync(join(home, ".curlrc"), "proxy = http://127.0.0.1:9\noutput = /dev/null\n");
		const proxy = "http://127.0.0.1:9";
		const hook = startHook(kind, place, await recordedPayload(place, "PreToolUse-Bash"), {
			environment: { HOME: home, http_proxy: proxy, ALL_PROXY: proxy, NODE_OPTIONS: "--require /nowhere.js" },
		});
		const { id, request } = await gate.request();
		expect(request).toMatchObject({ action: { tool: "shell_execute", command: "echo built && ls src" } });
		expect(hook.process.exitCode).toBeNull();
		await gate.approve(id);
		const { code, stdout, stderr } = await hook.done;
		expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
		expect(JSON.parse(stdout)).toEqual({
			hookSpecificOutput: {
				hookEventName: "PreToolUse",
				permissionDecision: "allow",
				permissionDecisionReason: expect.stringMatching(/^Approved by \S+ via terminal$/),
			},
		});
		await runHook(kind, place, await recordedPayload(place, "PostToolUse-Bash"));
		expect((await journalOf(place)).map((record) => record.type).slice(-4)).toEqual([
			...["REQUEST", "DECISION", "INTENT", "EXECUTED"],
		]);
	});

	test.concurrent("denies with the reason in JSON and on stderr", async (context) => {
		const { place, gate } = await startGate(context);
		const hook = startHook(kind, place, await recordedPayload(place, "PreToolUse-Bash"));
		await gate.deny((await gate.request()).id, "production config");
		const result = await hook.done;
		expectRefused(result);
		expect(result.stderr).toContain("production config");
		expect(JSON.parse(result.stdout).hookSpecificOutput.permissionDecisionReason).toContain("production config");
	});

	test.concurrent("says which changes a reviewer left out of a file, and a gate that came back says the same", async (context) => {
		const place = makePlace({ "config.txt": "mode=prod\n\nport=80" });
		const { gate: first } = await startGate(context, place);
		const old_string = "mode=prod\n\nport=80";
		const tool_input = { file_path: `${place.workspace}/config.txt`, old_string, new_string: "mode=dev\n\nport=8080" };
		const payload = await recordedPayload(place, "PreToolUse-Edit", { tool_input });
		const hook = startHook(kind, place, payload);
		first.tell({ approve: (await first.request()).id, content: "mode=dev\n\nport=80" });
		const result = await hook.done;
		expectRefused(result);
		const why =
			"read the file again before you go on. The reviewer left out these of your changes; do not make them again";
		const what = 'at line 3, "port=80" was not replaced by "port=8080".';
		const reason: string = JSON.parse(result.stdout).hookSpecificOutput.permissionDecisionReason;
		expect([reason, result.stderr]).toEqual([expect.stringContaining(why), expect.stringContaining(reason)]);
		expect(reason).toMatch(new RegExp(`${what}$`));
		await first.stop();
		await startGate(context, place);
		expect(await runHook(kind, place, payload)).toEqual(result);
	});

	test.concurrent("has no opinion on a read, asks nobody and records it", async (context) => {
		const { place, gate } = await startGate(context);
		const result = await runHook(kind, place, await recordedPayload(place, "PreToolUse-Read"));
		expect(result).toEqual({ code: 0, stdout: "{}", stderr: "" });
		expect(gate.shown()).toEqual([]);
		expect((await journalOf(place)).at(-1)).toMatchObject({ type: "FREE", tool: "file_read" });
	});

	test.concurrent("denies a payload that cannot be read", async (context) => {
		const { place, gate } = await startGate(context);
		const payload = await recordedPayload(place, "PreToolUse-Bash");
		const bad: Readonly<Record<string, string | Uint8Array>> = {
			nothing: "",
			"half of it": payload.slice(0, payload.length / 2),
			"not UTF-8": Buffer.concat([Buffer.from(payload.slice(0, -2)), Buffer.from([0xff, 0x22, 0x7d])]),
			"two objects": payload + payload,
			"a key twice": payload.replace('"tool_name"', '"tool_name":"Read","tool_name"'),
			"not an object": "[]",
			"no session": await recordedPayload(place, "PreToolUse-Bash", { session_id: undefined }),
			"no tool": await recordedPayload(place, "PreToolUse-Bash", { tool_name: undefined }),
			"input of the wrong type": await recordedPayload(place, "PreToolUse-Bash", { tool_input: "rm" }),
		};
		for (const [name, text] of Object.entries(bad)) {
			const result = await runHook(kind, place, text);
			expect(result, name).toMatchObject({ code: 2, stdout: expect.stringContaining('"deny"') });
			expectRefused(result);
		}
		expect(gate.shown()).toEqual([]);
	});

	test.concurrent("denies a payload of 33 MB, naming the limit", async (context) => {
		const { place, gate } = await startGate(context);
		const content = "x".repeat(33 * 1024 * 1024);
		const payload = await recordedPayload(place, "PreToolUse-Write", { tool_input: { file_path: "big", content } });
		const result = await runHook(kind, place, payload);
		expectRefused(result);
		expect(result.stderr).toContain("32 MiB");
		expect(gate.shown()).toEqual([]);
	});

	test.concurrent("carries a payload and an approved text of many megabytes", async (context) => {
		const { place, gate } = await startGate(context);
		const tool_input = { file_path: join(place.workspace, "big"), content: "ä<\n".repeat(1_000_000) };
		const hook = startHook(kind, place, await recordedPayload(place, "PreToolUse-Write", { tool_input }));
		const { id } = await gate.request();
		const content = "ö<\n".repeat(1_000_000);
		gate.tell({ approve: id, content });
		const { code, stdout } = await hook.done;
		expect(code).toBe(0);
		expect(JSON.parse(stdout).hookSpecificOutput.updatedInput.content === content).toBe(true);
	});

	test.concurrent("denies a tool call under an event that it does not know", async (context) => {
		const { place } = await startGate(context);
		const payload = await recordedPayload(place, "PreToolUse-Bash", { hook_event_name: "BeforeToolUse" });
		expectRefused(await runHook(kind, place, payload));
	});

	test.concurrent("denies for an agent that there is not, and without a limit of its own", async (context) => {
		const { place } = await startGate(context);
		const payload = await recordedPayload(place, "PreToolUse-Read");
		expectRefused(await runHook(kind, place, payload, { agent: "nobody" }));
		expectRefused(await runHook(kind, place, payload, { wait: 0 }));
		expectRefused(await runHook(kind, place, payload, { wait: Number.NaN }));
	});

	test.concurrent("does not allow the same call a second time", async (context) => {
		const { place, gate } = await startGate(context);
		const payload = await recordedPayload(place, "PreToolUse-Bash");
		const first = startHook(kind, place, payload);
		await gate.approve((await gate.request()).id);
		expect((await first.done).code).toBe(0);
		expectRefused(await runHook(kind, place, payload));
		expect((await journalOf(place)).filter((record) => record.type === "INTENT")).toHaveLength(1);
	});

	test.concurrent("does not allow when it is told to stop while it waits", async (context) => {
		const { place, gate } = await startGate(context);
		const hook = startHook(kind, place, await recordedPayload(place, "PreToolUse-Bash"));
		await gate.request();
		process.kill(-(hook.process.pid ?? 0), "SIGTERM");
		expect(await hook.done).toMatchObject({ code: 2, stdout: "" });
	});

	test.concurrent("shows the token in no command line", async (context) => {
		const { place, gate } = await startGate(context);
		const hook = startHook(kind, place, await recordedPayload(place, "PreToolUse-Bash"));
		const { id } = await gate.request();
		expect(processesNaming(place.home).length).toBeGreaterThan(0);
		expect(processesNaming(gate.discovery.token)).toEqual([]);
		await gate.deny(id, "no");
		expectRefused(await hook.done);
	});

	test.concurrent.for(['it\'s "quoted" & $HOME `x` \\ ä *?', `long${"-".repeat(120)}`])(
		"finds the gate of a folder named %s",
		async (name, context) => {
			const { place, gate } = await startGate(context, makePlaceNamed(name));
			const hook = startHook(kind, place, await recordedPayload(place, "PreToolUse-Bash"));
			await gate.approve((await gate.request()).id);
			expect(await hook.done).toMatchObject({ code: 0, stderr: "" });
		},
	);

	test.concurrent("asks the gate of the deepest folder", async (context) => {
		const { place: outer, gate: outerGate } = await startGate(context);
		const inner: Place = { ...outer, workspace: join(outer.workspace, "packages", "inner") };
		const sibling = `${outer.workspace}-evil`;
		for (const folder of [join(inner.workspace, "src"), sibling]) mkdirSync(folder, { recursive: true });
		const { gate: innerGate } = await startGate(context, inner);
		const payload = await recordedPayload(inner, "PreToolUse-Bash");
		// What another folder's gate left half written is not this one's trouble.
		for (const end of ["json", "hook"]) writeFileSync(join(homeAt(outer.home).run, `${"0".repeat(16)}.${end}`), "{");

		const hook = startHook(kind, inner, payload, { cwd: join(inner.workspace, "src") });
		await innerGate.deny((await innerGate.request()).id, "inner");
		expect((await hook.done).stderr).toContain("inner");
		expect(outerGate.shown()).toEqual([]);

		// The agent's project decides, not where a command has gone since.
		const environment = { CLAUDE_PROJECT_DIR: outer.workspace };
		const outerHook = startHook(kind, inner, payload, { cwd: join(inner.workspace, "src"), environment });
		await outerGate.deny((await outerGate.request()).id, "outer");
		expect((await outerHook.done).stderr).toContain("outer");

		const stray = await runHook(kind, inner, payload, { cwd: sibling });
		expectRefused(stray);
		expect(stray.stderr).toContain("no gate is running");
	});

	test.concurrent("takes COUNTERSIGN_ENDPOINT only when it lies in the gate's own folder", async (context) => {
		const { place, gate } = await startGate(context);
		const fake = await startFakeGate((socket) => socket.end(sized(`exit 0\n\n${ALLOW}`)));
		const { run } = homeAt(place.home);
		const outside = [fake.discovery, `${run}/${relative(run, fake.discovery)}`];
		for (const [index, COUNTERSIGN_ENDPOINT] of outside.entries()) {
			const payload = await recordedPayload(place, "PreToolUse-Bash", { tool_use_id: `call ${index}` });
			const hook = startHook(kind, place, payload, { environment: { COUNTERSIGN_ENDPOINT } });
			await gate.deny((await gate.request(index + 1)).id, "the real gate");
			expect((await hook.done).stderr).toContain("the real gate");
		}
		expect(fake.asked()).toBe(0);

		const environment = { COUNTERSIGN_ENDPOINT: join(run, `${folderIdOf(place.workspace)}.json`) };
		const payload = await recordedPayload(place, "PreToolUse-Bash");
		const elsewhere = startHook(kind, place, payload, { cwd: tempDir("elsewhere-"), environment });
		await gate.deny((await gate.request(3)).id, "named");
		expect((await elsewhere.done).stderr).toContain("named");
	});

	test.skipIf(process.getuid?.() !== 0).concurrent("sends nothing to a socket in another user's folder", async () => {
		const { place, asked } = await startFakeGate((socket) => socket.end(sized(`exit 0\n\n${ALLOW}`)));
		chownSync(homeAt(place.home).run, 65_534, 65_534);
		const result = await runHook(kind, place, await recordedPayload(place, "PreToolUse-Bash"));
		expectRefused(result);
		expect(result.stderr).toContain("belongs to somebody else");
		expect(asked()).toBe(0);
	});

	test.concurrent("a discovery file that names no socket denies, whatever answers to its missing name", async () => {
		const { place, discovery, asked } = await startFakeGate((socket) => socket.end(sized(`exit 0\n\n${ALLOW}`)));
		const { socket } = JSON.parse(readFileSync(discovery, "utf8")) as { socket: string };
		for (const name of ["undefined", "null"]) symlinkSync(socket, join(place.workspace, name));
		writeFileSync(discovery, JSON.stringify({ workspace: place.workspace }));
		writeFileSync(discovery.replace(/json$/, "hook"), `# ${place.workspace}\n`);
		expectRefused(await runHook(kind, place, await recordedPayload(place, "PreToolUse-Bash")));
		expect(asked()).toBe(0);
	});
});

describe("the command line in the agent's settings", () => {
	const programs: Readonly<Record<string, string>> = {
		"is gone": "",
		"cannot be started": "#!/nowhere/sh\n",
		"ends with an error": "#!/bin/sh\nexit 1\n",
		"is killed": "#!/bin/sh\nkill -9 $$\n",
	};

	test.concurrent.each(Object.entries(programs))("ends in 2 when the program %s", async (_, text) => {
		const program = join(tempDir("it's "), "countersign-hook");
		if (text) writeFileSync(program, text, { mode: 0o700 });
		const child = spawn("/bin/sh", ["-c", hookCommand(program, 60)], { stdio: ["ignore", "ignore", "pipe"] });
		let stderr = "";
		child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
			stderr += chunk;
		});
		expect(await new Promise((done) => child.on("close", done))).toBe(2);
		expect(stderr).toContain("Countersign did not allow this call.");
	});
});

test.concurrent("where a desktop editor's own program is the Node, it is told to be one", async () => {
	const place = makePlace();
	const editor = join(tempDir("editor-"), "editor");
	const asEditor = '[ -n "$ELECTRON_RUN_AS_NODE" ] || { echo "A window opens."; exit 0; }';
	writeFileSync(editor, `#!/bin/sh\n${asEditor}\nexec '${process.execPath}' "$@"\n`, { mode: 0o755 });
	const home = homeAt(place.home);
	await layPrograms(realDisk, home, resolve("dist"), editor);
	const [, withoutCurl] = HOOK_KINDS;
	if (!withoutCurl) throw new Error("There is no hook without curl.");
	expectRefused(await runHook(withoutCurl, place, await recordedPayload(place, "PreToolUse-Write")));
	const env = { ...place.environment, ELECTRON_RUN_AS_NODE: undefined };
	const { stdout } = spawnSync(join(home.bin, "countersign"), ["help"], { env, encoding: "utf8" });
	expect(stdout).toContain("countersign serve");
});

test.concurrent("`countersign hook` does the same by hand", async (context) => {
	const { place, gate } = await startGate(context);
	const command = ["hook", "claude-code", "60"];
	const read = await countersign(place, command, await recordedPayload(place, "PreToolUse-Read"));
	expect(read).toEqual({ code: 0, stdout: "{}", stderr: "" });
	const asking = countersign(place, command, await recordedPayload(place, "PreToolUse-Bash"));
	await gate.deny((await gate.request()).id, "production config");
	const denied = await asking;
	expectRefused(denied);
	expect(denied.stderr).toContain("production config");
	expectRefused(await countersign(place, ["hook"]));
	await gate.kill();
	expectRefused(await countersign(place, command, await recordedPayload(place, "PreToolUse-Read")));
});

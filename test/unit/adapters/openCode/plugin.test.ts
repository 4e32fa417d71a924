import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { pluginText } from "../../../../src/adapters/openCode/plugin.ts";
import { tempDir } from "../../../support/tempDir.ts";

interface Hooks {
	"tool.execute.before"(input: object, output: { args: Record<string, unknown> }): Promise<void>;
	"tool.execute.after"(input: object, output: object): Promise<void>;
	event(input: { event: object }): Promise<void>;
}

/** The plugin as OpenCode would load it, with a script in the place of our program. */
async function load(script: string): Promise<{ hooks: Hooks; folder: string; replies: unknown[] }> {
	const folder = tempDir("plugin-");
	const program = join(folder, "hook 'x'.sh");
	writeFileSync(program, `#!/bin/sh\n${script}\n`);
	chmodSync(program, 0o755);
	const file = join(folder, "countersign.mjs");
	writeFileSync(file, pluginText(script === "" ? join(folder, "gone") : program, 5));
	const replies: unknown[] = [];
	const client = { postSessionIdPermissionsPermissionId: async (reply: unknown) => replies.push(reply) };
	const { Countersign } = await import(pathToFileURL(file).href);
	return { hooks: await Countersign({ client, directory: folder }), folder, replies };
}

const input = { tool: "write", sessionID: "s", callID: "c" };
const output = () => ({ args: { filePath: "/a", content: "b" } as Record<string, unknown> });

test("an allow lets the call be, and our program is told of the call as its own form says", async () => {
	const { hooks, folder } = await load(`cat > payload.json; echo "$@" > words; printf '{"decision":"allow"}'`);
	const call = output();
	const { args } = call;
	await hooks["tool.execute.before"](input, call);
	expect(call.args).toBe(args);
	expect(args).toEqual({ filePath: "/a", content: "b" });
	const { default: payload } = await import(join(folder, "payload.json"), { with: { type: "json" } });
	expect(payload).toEqual({
		...{ agent: "opencode", cwd: folder, hook_event_name: "PreToolUse", session_id: "s", tool_use_id: "c" },
		...{ tool_name: "write", tool_input: { filePath: "/a", content: "b" } },
	});
});

test("an edited allow changes the arguments in their place", async () => {
	const { hooks } = await load(`printf '{"decision":"allow","args":{"content":"changed"}}'`);
	const call = output();
	const { args } = call;
	await hooks["tool.execute.before"](input, call);
	expect(args).toEqual({ filePath: "/a", content: "changed" });
});

describe("it throws, so that nothing runs, when our program", () => {
	test.each([
		["denies", "echo 'production config' >&2; exit 2", "production config"],
		["denies without a word", "exit 2", "did not allow"],
		["allows and then fails", `printf '{"decision":"allow"}'; exit 1`, "did not allow"],
		["is killed", "kill -9 $$", "did not allow"],
		["says nothing", "exit 0", "did not allow"],
		["says half of it", `printf '{"decision":"all'`, "did not allow"],
		["says something else", `printf '{"decision":"ask"}'`, "did not allow"],
		["says null", "printf null", "did not allow"],
		["is not there", "", "cannot be started"],
	])("%s", async (_, script, why) => {
		const { hooks } = await load(script);
		await expect(hooks["tool.execute.before"](input, output())).rejects.toThrow(why);
	});
});

test("OpenCode's own question is answered once, for a call that was let pass, while it runs", async () => {
	const { hooks, replies } = await load(`printf '{"decision":"allow"}'`);
	const question = (callID: string) => ({
		event: { type: "permission.asked", properties: { id: "p", sessionID: "s", tool: { callID } } },
	});
	await hooks.event(question("c"));
	expect(replies).toEqual([]);
	await hooks["tool.execute.before"](input, output());
	await hooks.event(question("other"));
	await hooks.event({ event: { type: "permission.asked", properties: { id: "p", sessionID: "s" } } });
	expect(replies).toEqual([]);
	await hooks.event(question("c"));
	expect(replies).toEqual([{ path: { id: "s", permissionID: "p" }, body: { response: "once" } }]);
	await hooks["tool.execute.after"]({ ...input, args: {} }, { title: "", metadata: {} });
	await hooks.event(question("c"));
	expect(replies).toHaveLength(1);
});

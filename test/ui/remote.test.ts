import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { request } from "node:http";
import { afterEach, expect, test } from "vitest";
import type { Discovery } from "../../src/protocol/messages.ts";
import { HOOK_KINDS, recordedPayload, startHook } from "../support/hookProcess.ts";
import { Desk, makeFolder, meanIt, read } from "../support/vscode/desk.ts";

// The editor of this suite is VS Code's server: every window of it is a remote one.

let desk: Desk | undefined;

afterEach(async () => {
	await desk?.close();
	desk = undefined;
});

/** Ports of TCP that a process listens on. Linux. */
function portsOf(pid: number): number[] {
	const sockets = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
		try {
			return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
		} catch {
			return [];
		}
	});
	return ["tcp", "tcp6"].flatMap((table) =>
		readFileSync(`/proc/${pid}/net/${table}`, "utf8")
			.split("\n")
			.map((line) => line.trim().split(/\s+/))
			.filter(([, , , state, , , , , , inode = ""]) => state === "0A" && sockets.includes(inode))
			.map(([, local = ""]) => Number.parseInt(local.split(":")[1] ?? "", 16)),
	);
}

function health(url: string, { token }: Discovery): Promise<number | undefined> {
	const headers = { Authorization: `Bearer ${token}` };
	return new Promise((resolve, reject) => {
		request(`${url}/health`, { headers }, ({ statusCode }) => resolve(statusCode))
			.on("error", reject)
			.end();
	});
}

test("in a remote window nothing listens on TCP, whatever the workspace says, and hooks ask over the socket", async () => {
	const asked = '{ "countersign.endpoint.tcpInRemote": true }';
	desk = await Desk.at(makeFolder({ "a.txt": "a\n", ".vscode/settings.json": asked }));
	const { window } = desk;
	const { url, socket } = await desk.discovery();
	expect(url).toBe(null);
	expect(portsOf(await window.extensionHostPid())).toEqual([]);
	expect(portsOf(process.pid)).toEqual([]);

	const place = { workspace: desk.folder, home: window.countersignHome, environment: {} };
	await window.view();
	for (const [at, kind] of HOOK_KINDS.entries()) {
		const payload = await recordedPayload(place, "PreToolUse-Write", {
			tool_use_id: `toolu_${at}`,
			tool_input: { file_path: desk.path(`new-${at}.txt`), content: "new\n" },
		});
		const hook = startHook(kind, place, payload, { environment: { HOME: place.home } });
		await read(window, `new-${at}.txt`);
		await meanIt(window);
		const { code, stderr } = await hook.done;
		expect([code, stderr], `${kind.name} at ${socket}`).toEqual([0, ""]);
	}
}, 120_000);

test("a machine that asks for TCP in its remote windows has it, on 127.0.0.1 alone", async () => {
	const machineSettings = { "countersign.endpoint.tcpInRemote": true };
	desk = await Desk.at(makeFolder({ "a.txt": "a\n" }), { machineSettings });
	const found = await desk.discovery();
	expect(found.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
	const port = Number(new URL(found.url ?? "").port);
	expect(portsOf(await desk.window.extensionHostPid())).toEqual([port]);
	expect(await health(found.url ?? "", found)).toBe(200);
});

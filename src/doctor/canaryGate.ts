import { spawn } from "node:child_process";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { tryParseJson } from "../base/tryParseJson.ts";
import { prepareSocket, publishDiscovery } from "../store/discovery.ts";
import { realDisk } from "../store/disk.ts";
import { folderIdOf, socketPathFor } from "../store/home.ts";
import type { CanaryPlace } from "./canaryPlace.ts";
import { untilDone } from "./cleanUp.ts";

/** What a gate may be like when the canary's call comes. */
export type GateState = "denies" | "killed" | "hangs" | "garbage" | "absent";

export interface CanaryGate {
	/** How many calls came as far as it. */
	asked(): number;
	stop(): void;
}

export const REASON = "countersign doctor says no: this call is its canary.";

export async function startGate(state: GateState, place: CanaryPlace, dist: string): Promise<CanaryGate> {
	switch (state) {
		case "denies":
			return realGate(place, dist, (gate, id) => gate.stdin.write(`${JSON.stringify({ deny: id, reason: REASON })}\n`));
		case "killed":
			// Once the hook has its ticket: it then waits, and asks again for a while.
			return realGate(place, dist, (gate) => setTimeout(() => gate.kill("SIGKILL"), 300));
		case "hangs":
			return fakeGate(place, () => undefined);
		case "garbage":
			return fakeGate(place, (socket) => socket.end("\0\xff{]garbage\r\n\r\n"));
		case "absent":
			return { asked: () => 0, stop: () => undefined };
	}
}

type GateProcess = ReturnType<typeof spawnGate>;

const spawnGate = ({ places, gateHome, environment }: CanaryPlace, dist: string) =>
	spawn(process.execPath, [join(dist, "cli.js"), "serve", "--json", "--workspace", places.workspace], {
		env: { ...environment, COUNTERSIGN_HOME: gateHome.root },
		stdio: ["pipe", "pipe", "pipe"],
	});

interface GateEvent {
	readonly event?: string;
	readonly id?: string;
	readonly revision?: number;
}

/** A process of its own, since it has to be one that can be killed. */
async function realGate(
	place: CanaryPlace,
	dist: string,
	onRequest: (gate: GateProcess, id: string) => void,
): Promise<CanaryGate> {
	const gate = spawnGate(place, dist);
	const stop = untilDone(() => gate.kill("SIGKILL"));
	let asked = 0;
	let stderr = "";
	gate.stdin.on("error", () => undefined);
	gate.stderr.setEncoding("utf8").on("data", (text: string) => {
		stderr += text;
	});
	await new Promise<void>((ready, failed) => {
		gate.once("error", failed);
		gate.once("close", () => failed(new Error(`The gate of the canary did not start. ${stderr.trim()}`)));
		createInterface({ input: gate.stdout }).on("line", (line) => {
			const { event, id = "", revision } = (tryParseJson(line) ?? {}) as GateEvent;
			if (event === "ready") ready();
			if (event !== "request" || revision !== 1) return;
			asked += 1;
			onRequest(gate, id);
		});
	});
	return { asked: () => asked, stop };
}

/** Somebody at the place of a gate. */
async function fakeGate(place: CanaryPlace, answer: (socket: Socket) => void): Promise<CanaryGate> {
	const { gateHome, places } = place;
	const { workspace } = places;
	const folderId = folderIdOf(workspace);
	const socket = socketPathFor(gateHome, folderId);
	await prepareSocket(realDisk, socket);
	const open = new Set<Socket>();
	let asked = 0;
	const server = createServer((connection) => {
		open.add(connection);
		connection.on("error", () => undefined);
		connection.once("data", () => {
			asked += 1;
			answer(connection);
		});
	});
	await new Promise<void>((done) => server.listen(socket, done));
	await publishDiscovery(realDisk, gateHome, folderId, {
		...{ protocolVersion: 1, pid: process.pid, startTime: "", workspace, folders: [workspace] },
		...{ url: null, socket, token: "canary", owner: "serve" },
	});
	const stop = untilDone(() => {
		server.close();
		for (const connection of open) connection.destroy();
	});
	return { asked: () => asked, stop };
}

// By name: a namespace would be copied member by member, in every tool call.
import { lstatSync, readdirSync, readFileSync, readSync, realpathSync, writeSync } from "node:fs";
import { connect } from "node:net";
import { dirname, join, sep } from "node:path";
import { NOTHING, type Reply, readReply } from "./reply.ts";

/** As the gate's own. Once it refuses, writing on to it fails, and its reason may be lost. Bytes. */
const LIMIT = 32 * 1024 * 1024;

/** The exit code for a call that may run. */
let yesCode = 2;

const HOW = "countersign serve, or open the folder in the editor";

/**
 * The hook process where there is no curl: stdin to the gate, the gate's answer to stdout and stderr. Only `fs` and
 * `net`, since every tool call pays for its start. The exit code is 2 from the first line on, and `yes` only after a
 * complete answer was flushed.
 */
export function runHook(run: string, agent: string, seconds: string, yes: number): void {
	yesCode = yes;
	process.exitCode = 2;
	guarded(start)(run, agent, seconds);
}

/** Whatever throws in it denies. Not `uncaughtException`: a handler on `process` costs 1 ms of every tool call. */
function guarded<A extends unknown[]>(step: (...args: A) => void): (...args: A) => void {
	return (...args) => {
		try {
			step(...args);
		} catch (error) {
			deny(`the hook failed: ${(error as Error).message}`);
		}
	};
}

function start(run: string, agent: string, seconds: string): void {
	const wait = Number(seconds || 570);
	if (!/^[a-z-]+$/.test(agent) || !Number.isInteger(wait) || wait < 1) deny("usage: hook AGENT SECONDS");
	const found = findGate(run) ?? deny(`no gate is running for ${projectFolder()}. Start it there: ${HOW}.`);
	const body = readStdin();
	if (body.length > LIMIT) deny("a hook payload has at most 32 MiB. The call is denied.");

	let ticketText = "";
	let ticket: string | undefined;
	let tries = 15;
	const path = `/v1/hooks/${agent}`;
	const until = Date.now() + wait * 1000;
	const query = () => `?framed=1&wait=${Math.max(1, Math.round((until - Date.now()) / 1000))}`;
	const progress = (reply: Reply) => {
		ticket ??= reply.ticket;
		if (ticket) ticketText = ` (ticket ${ticket})`;
	};
	const sent = () => {
		setTimeout(
			() => deny(`a person has not decided in time${ticketText}. Call the tool again later with the same arguments.`),
			until + 10_000 - Date.now(),
		);
		rehearse();
	};
	const attempt = (gate: Gate | undefined, head: string, content: Buffer) =>
		ask(gate, head, content, { sent, progress }, (reply, trouble) => {
			progress(reply);
			if (reply.complete) return print(reply);
			if (ticket && tries-- > 0) {
				// It may be another one by then, with another token.
				const again = () => attempt(gateIn(found.path), `GET ${path}/${ticket}${query()}`, Buffer.alloc(0));
				setTimeout(guarded(again), 1000);
			} else if (ticket) {
				deny(
					`the gate went away while a person was deciding${ticketText}. The request is kept; call the tool again later with the same arguments.`,
				);
			} else {
				deny(`the gate cannot be reached (${trouble}). Start it: ${HOW}. The call is denied.`);
			}
		});
	attempt(found, `POST ${path}${query()}`, body);
}

/** A pipe of the agent's may be non-blocking, where `readFileSync(0)` gives up. */
function readStdin(): Buffer {
	const chunks: Buffer[] = [];
	for (;;) {
		const chunk = Buffer.allocUnsafe(65_536);
		try {
			const count = readSync(0, chunk);
			if (count === 0) return Buffer.concat(chunks);
			chunks.push(chunk.subarray(0, count));
		} catch (error) {
			const { code } = error as NodeJS.ErrnoException;
			if (code === "EOF") return Buffer.concat(chunks);
			if (code !== "EAGAIN") throw error;
			Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
		}
	}
}

/** What the caller does meanwhile: once the request is on its way, and while only the ticket is there. */
interface Meanwhile {
	sent(): void;
	progress(reply: Reply): void;
}

/** One exchange; `done` is called once, at its end, however that came. */
function ask(
	gate: Gate | undefined,
	head: string,
	body: Buffer,
	{ sent, progress }: Meanwhile,
	done: (reply: Reply, trouble: string) => void,
): void {
	const chunks: Buffer[] = [];
	let trouble = "it closed the connection";
	if (!gate) {
		done(NOTHING, "its discovery file is gone");
		return;
	}
	let isDone = false;
	const end = (reply: Reply) => {
		if (isDone) return;
		isDone = true;
		done(reply, trouble);
	};
	const onData = guarded((chunk: Buffer) => {
		chunks.push(chunk);
		if (chunks.length > 4) return;
		const reply = readReply(Buffer.concat(chunks));
		if (reply.complete) end(reply);
		else progress(reply);
	});
	// Read without a stream's machinery, which is 2 ms more to start.
	const callback = (size: number, bytes: Uint8Array) => {
		onData(Buffer.from(bytes.subarray(0, size)));
		return true;
	};
	const socket = connect({ path: gate.socket, onread: { buffer: Buffer.allocUnsafe(65_536), callback } });
	try {
		// Nothing was sent yet: a connection alone says nothing, and the gate takes it up meanwhile.
		requireOwnFolder(dirname(gate.socket));
	} catch (error) {
		socket.destroy();
		done(NOTHING, (error as Error).message);
		return;
	}
	const lines = `${head} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${gate.token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
	socket.write(Buffer.concat([Buffer.from(lines), body]));
	// After the write, so that what it does is done while the gate thinks.
	socket.on("connect", guarded(sent));
	socket.on("error", (error) => {
		trouble = error.message;
	});
	const onClose = guarded(() => end(readReply(Buffer.concat(chunks))));
	socket.on("close", onClose);
}

/** Code is compiled when it runs first: this runs what the answer will need while there is none yet. */
function rehearse(): void {
	readReply(Buffer.concat([Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nexit 2\n\n")]));
}

function print(reply: Reply): void {
	if (reply.exit !== 0) {
		writeAll(1, reply.stdout);
		writeAll(2, `${reply.reason || "Countersign denied this call."}\n`);
		process.exit(2);
	}
	writeAll(1, reply.stdout);
	process.exit(yesCode);
}

/** A pipe may take less than it is given. */
function writeAll(descriptor: number, text: string): void {
	const bytes = Buffer.from(text);
	for (let at = 0; at < bytes.length; ) {
		try {
			at += writeSync(descriptor, bytes, at);
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
		}
	}
}

function deny(why: string): never {
	try {
		writeAll(2, `Countersign: ${why}\n`);
	} finally {
		process.exit(2);
	}
}

const projectFolder = () => {
	try {
		return realpathSync.native(process.env.CLAUDE_PROJECT_DIR || process.cwd());
	} catch {
		return process.cwd();
	}
};

interface Gate {
	/** Of its discovery file. */
	readonly path: string;
	readonly workspace: string;
	readonly socket: string;
	readonly token: string;
}

/** The gate that is named by the terminal it opened, else that of the deepest known folder. */
function findGate(run: string): Gate | undefined {
	const named = process.env.COUNTERSIGN_ENDPOINT;
	const opener = named && dirname(named) === run ? gateIn(named) : undefined;
	if (opener) return opener;
	const here = projectFolder() + sep;
	let best: Gate | undefined;
	for (const name of namesIn(run)) {
		if (!/^[0-9a-f]{16}\.json$/.test(name)) continue;
		const gate = gateIn(join(run, name));
		if (!gate) continue;
		const folder = gate.workspace;
		const holds = here.startsWith(folder.endsWith(sep) ? folder : folder + sep);
		if (holds && folder.length > (best?.workspace.length ?? 0)) best = gate;
	}
	return best;
}

function namesIn(folder: string): string[] {
	try {
		return readdirSync(folder);
	} catch {
		return [];
	}
}

/** Undefined for a file that went away just now or is broken: another folder's is not our trouble. */
function gateIn(path: string): Gate | undefined {
	try {
		const { workspace, socket, token } = JSON.parse(readFileSync(path, "utf8"));
		// The socket as it is: one that is no text is an error of `connect`, never the name of some other socket.
		return { path, workspace: String(workspace), socket, token };
	} catch {
		return undefined;
	}
}

function requireOwnFolder(folder: string): void {
	if (process.platform === "win32") return;
	if (lstatSync(folder).uid !== process.getuid?.()) throw new Error(`${folder} belongs to somebody else`);
}

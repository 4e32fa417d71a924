import { randomBytes } from "node:crypto";
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";

/** Presence, members and the content of messages: what a bot has to be granted first. */
const PRIVILEGED = (1 << 8) | (1 << 1) | (1 << 15);
/** Ms. */
const HEARTBEAT = 41_250;

interface Session {
	readonly id: string;
	readonly sent: { readonly s: number; readonly payload: string }[];
	socket: WebSocket | undefined;
	/** The number of the last event that the client says it has. */
	heard: number;
}

/** The gateway's side of its protocol, version 10: hello, identify, resume, heartbeats, and events with their numbers. */
export class GatewayDouble {
	/** What each session told when it identified itself. */
	readonly identified: { readonly intents: number; readonly token: string }[] = [];
	readonly resumed: string[] = [];
	/** How many connections there were. */
	greeted = 0;
	private readonly token: string;
	private readonly ready: (session: string) => object;
	private readonly server = new WebSocketServer({ noServer: true });
	private readonly sessions = new Map<string, Session>();
	private readonly changed: () => void;
	private released: Promise<void> = Promise.resolve();

	constructor(token: string, ready: (session: string) => object, changed: () => void) {
		this.token = token;
		this.ready = ready;
		this.changed = changed;
		this.server.on("connection", (socket) => void this.released.then(() => this.greet(socket)));
	}

	attach(http: Server): void {
		http.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
			socket.on("error", () => undefined);
			this.server.handleUpgrade(request, socket, head, (client) => this.server.emit("connection", client, request));
		});
	}

	get open(): number {
		return this.live().length;
	}

	private live(): Session[] {
		return [...this.sessions.values()].filter(({ socket }) => socket?.readyState === 1);
	}

	/** To every session, now or when it is resumed. */
	dispatch(type: string, data: object): void {
		for (const session of this.sessions.values()) this.event(session, type, data);
	}

	/** The last event of each session once more, with its old number. */
	repeat(): void {
		for (const { socket, sent } of this.live()) socket?.send(sent.at(-1)?.payload ?? "");
	}

	/** Every session that is open says which event it has last. Resolves when that is the last one. */
	hasHeardAll(): boolean {
		for (const { socket } of this.live()) socket?.send(JSON.stringify({ op: 1, d: null, s: null, t: null }));
		return this.live().every(({ heard, sent }) => heard >= (sent.at(-1)?.s ?? 0));
	}

	/** Closes the connections; with a number that does not allow to resume, the sessions too. */
	hangUp(code: number): void {
		const live = this.live();
		if ([4004, 4007, 4009, 4014].includes(code)) this.sessions.clear();
		for (const { socket } of live) socket?.close(code);
	}

	/** Whoever connects is not greeted before what is returned is called. */
	hold(): () => void {
		let release: () => void = () => undefined;
		this.released = new Promise((done) => {
			release = done;
		});
		return release;
	}

	/** Asks to come back. */
	reconnect(): void {
		for (const { socket } of this.live()) socket?.send(JSON.stringify({ op: 7, d: null, s: null, t: null }));
	}

	invalidate(): void {
		const live = this.live();
		this.sessions.clear();
		for (const { socket } of live) socket?.send(JSON.stringify({ op: 9, d: false, s: null, t: null }));
	}

	close(): void {
		for (const client of this.server.clients) client.terminate();
	}

	private greet(socket: WebSocket): void {
		this.greeted++;
		socket.on("error", () => undefined);
		socket.send(JSON.stringify({ op: 10, d: { heartbeat_interval: HEARTBEAT }, s: null, t: null }));
		let session: Session | undefined;
		const beat = (heard: number | null) => {
			if (session && heard !== null) session.heard = heard;
			socket.send(JSON.stringify({ op: 11, d: null, s: null, t: null }));
		};
		socket.on("message", (text) => {
			const { op, d } = JSON.parse(String(text)) as { op: number; d: never };
			if (op === 1) beat(d);
			else if (session) socket.close(4005);
			else session = this.begin(socket, op, d);
			this.changed();
		});
		socket.on("close", () => this.changed());
	}

	private begin(socket: WebSocket, op: number, d: never): Session | undefined {
		if (op === 2) return this.identify(socket, d);
		if (op === 6) return this.resume(socket, d);
		socket.close(4003);
		return undefined;
	}

	private identify(socket: WebSocket, d: { token: string; intents: number; properties: object }): Session | undefined {
		if (d.token !== this.token) socket.close(4004, "Authentication failed.");
		else if ((d.intents & PRIVILEGED) !== 0) socket.close(4014, "Disallowed intent(s).");
		else {
			this.identified.push({ intents: d.intents, token: d.token });
			const session: Session = { id: randomBytes(16).toString("hex"), sent: [], socket, heard: 0 };
			this.sessions.set(session.id, session);
			this.event(session, "READY", this.ready(session.id));
			return session;
		}
		return undefined;
	}

	private resume(socket: WebSocket, d: { token: string; session_id: string; seq: number }): Session | undefined {
		const session = this.sessions.get(d.session_id);
		if (!session || d.token !== this.token) {
			socket.send(JSON.stringify({ op: 9, d: false, s: null, t: null }));
			return undefined;
		}
		this.resumed.push(session.id);
		session.socket = socket;
		for (const { s, payload } of session.sent) if (s > d.seq) socket.send(payload);
		this.event(session, "RESUMED", {});
		return session;
	}

	private event(session: Session, t: string, d: object): void {
		const s = (session.sent.at(-1)?.s ?? 0) + 1;
		const payload = JSON.stringify({ op: 0, t, s, d });
		session.sent.push({ s, payload });
		if (session.socket?.readyState === 1) session.socket.send(payload);
	}
}

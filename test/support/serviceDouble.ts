import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { atExit } from "./tempDir.ts";

interface Seen {
	readonly method: string;
	/** The bytes as they came. */
	readonly raw: string;
}

interface Fault {
	readonly method: string | undefined;
	times: number;
}

/**
 * A messenger's server of our own, whichever it is: it keeps what came, its network can be cut, it can be told to fail,
 * and whoever waits for something is woken.
 */
export abstract class ServiceDouble<
	Call extends Seen,
	Shown extends { readonly text: string; readonly buttons: readonly { readonly text: string }[] },
	F extends Fault,
> {
	readonly calls: Call[] = [];
	readonly messages: Shown[] = [];
	/** What people were told after a press, in their order. */
	readonly answers: string[] = [];
	/** Runs before a call is answered. */
	before: (call: Call) => Promise<void> | void = () => undefined;
	/** Runs after a call was carried out, before its answer leaves. */
	after: (call: Call) => void = () => undefined;
	protected readonly server: Server;
	protected readonly faults: F[] = [];
	private readonly sockets = new Set<Socket>();
	private isCut = false;
	private wakers: (() => void)[] = [];

	protected constructor() {
		this.server = createServer((request, response) => void this.answer(request, response));
		this.server.on("connection", (socket) => {
			if (this.isCut) return socket.destroy();
			this.sockets.add(socket);
			socket.on("close", () => this.sockets.delete(socket));
			return undefined;
		});
		this.server.keepAliveTimeout = 60_000;
		atExit(() => this.cut());
	}

	protected listen(): Promise<void> {
		return new Promise<void>((done) => this.server.listen(0, "127.0.0.1", done));
	}

	protected get origin(): string {
		return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
	}

	protected abstract answer(request: IncomingMessage, response: ServerResponse): Promise<void>;

	get outbound(): string {
		return this.calls.map(({ raw }) => raw).join("\n");
	}

	called(method: string): Call[] {
		return this.calls.filter((call) => call.method === method);
	}

	/** The fault that this call was told to have; it counts as used. */
	protected faultOf(method: string): F | undefined {
		const fault = this.faults.find((one) => one.times > 0 && (one.method === undefined || one.method === method));
		if (fault) fault.times--;
		return fault;
	}

	/** The network is gone. */
	cut(): void {
		this.isCut = true;
		for (const socket of this.sockets) socket.destroy();
	}

	mend(): void {
		this.isCut = false;
	}

	async close(): Promise<void> {
		this.cut();
		await new Promise((done) => this.server.close(done));
	}

	/** The first thing that is there, past or to come. */
	async until<T>(find: () => T | undefined | false, ms = 20_000): Promise<T> {
		for (const end = Date.now() + ms; ; ) {
			const found = find();
			if (found !== undefined && found !== false) return found;
			if (Date.now() > end) throw new Error(`It did not come about: ${find}\n${this.transcript()}`);
			await new Promise<void>((wake) => {
				this.wakers.push(wake);
				setTimeout(wake, 50);
			});
		}
	}

	protected wake(): void {
		for (const wake of this.wakers.splice(0)) wake();
	}

	/** The message whose text matches and that can be pressed, or not. */
	card(pattern: RegExp, pressable = true): Promise<Shown> {
		return this.until(() =>
			this.messages.findLast(({ text, buttons }) => pattern.test(text) && buttons.length > 0 === pressable),
		);
	}

	protected abstract idOf(shown: Shown): string;

	transcript(): string {
		const shown = this.messages.map(
			(one) => `[${this.idOf(one)}] ${one.text}\n   ${one.buttons.map(({ text }) => text).join(" | ")}`,
		);
		return `${shown.join("\n")}\nanswers: ${this.answers.join(" / ")}\ncalls: ${this.calls.map(({ method }) => method).join(" ")}`;
	}
}

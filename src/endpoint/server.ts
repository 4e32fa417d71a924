import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { Problem } from "../protocol/problem.ts";
import { type RouteContext, sendProblem, serveHttp } from "./httpRoutes.ts";
import { HTTP_LIMITS, WS_LIMITS } from "./limits.ts";
import { RpcSession, type SessionContext } from "./rpcSession.ts";

export interface EndpointOptions {
	readonly socketPath: string;
	/** False where nothing may listen on TCP (a remote window). */
	readonly tcp: boolean;
}

/** The listener that agents talk to: loopback TCP and a Unix socket, the same guard on both. It has agent verbs only. */
export class Endpoint {
	private readonly context: RouteContext & SessionContext;
	private readonly sockets: WebSocketServer;
	private readonly servers: Server[] = [];
	/** Between an upgrade's head and its answer: nobody else's to close. */
	private readonly upgrading = new Set<Duplex>();
	private readonly pings: NodeJS.Timeout;
	private port: number | null = null;

	private constructor(context: RouteContext & SessionContext) {
		this.context = context;
		this.sockets = new WebSocketServer({
			noServer: true,
			maxPayload: WS_LIMITS.maxPayload,
			perMessageDeflate: false,
			clientTracking: true,
		});
		this.pings = setInterval(() => this.dropSilent(), WS_LIMITS.pingEvery);
		this.pings.unref();
	}

	static async listen(context: RouteContext & SessionContext, options: EndpointOptions): Promise<Endpoint> {
		const endpoint = new Endpoint(context);
		try {
			await endpoint.open({ path: options.socketPath }, false);
			if (options.tcp) endpoint.port = (await endpoint.open({ host: "127.0.0.1", port: 0 }, true)).port;
		} catch (error) {
			await endpoint.close();
			throw error;
		}
		return endpoint;
	}

	/** Null without TCP. */
	get url(): string | null {
		return this.port === null ? null : `http://127.0.0.1:${this.port}`;
	}

	private async open(where: { path: string } | { host: string; port: number }, isTcp: boolean): Promise<AddressInfo> {
		const { maxHeaderSize, connectionsCheckingInterval, headersTimeout, requestTimeout, maxConnections } = HTTP_LIMITS;
		const server = createServer({ maxHeaderSize, connectionsCheckingInterval, headersTimeout, requestTimeout });
		server.maxConnections = maxConnections;
		const portOf = () => (isTcp ? (server.address() as AddressInfo).port : null);
		server.on("request", (request, response) => void this.handle(request, response, portOf()));
		server.on("upgrade", (request, socket, head) => void this.upgrade(request, socket, head, portOf()));
		server.on("checkExpectation", (_request, response: ServerResponse) =>
			response.writeHead(417, { Connection: "close" }).end(),
		);
		server.on("clientError", (_error, socket) => refuse(socket, 400, "malformed HTTP"));
		await new Promise<void>((resolve, reject) => {
			server.once("error", reject);
			server.listen(where, () => {
				server.off("error", reject);
				resolve();
			});
		});
		this.servers.push(server);
		return server.address() as AddressInfo;
	}

	private async handle(request: IncomingMessage, response: ServerResponse, port: number | null): Promise<void> {
		try {
			this.context.guard.checkOrigin(request, port);
			await serveHttp(request, response, this.context);
		} catch (error) {
			sendProblem(response, error);
		}
	}

	private async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, port: number | null): Promise<void> {
		socket.on("error", () => socket.destroy());
		this.upgrading.add(socket);
		socket.on("close", () => this.upgrading.delete(socket));
		try {
			const { guard } = this.context;
			guard.checkOrigin(request, port);
			await guard.checkToken(request);
			if (request.url !== "/v1") throw new Problem("not_found", "The WebSocket is at /v1.");
			this.sockets.handleUpgrade(request, socket, head, (webSocket) => {
				this.upgrading.delete(socket);
				this.accept(webSocket);
			});
		} catch (error) {
			const problem = error instanceof Problem ? error : new Problem("internal", "The gate failed.");
			refuse(socket, problem.status, problem.message);
		}
	}

	private accept(socket: WebSocket & { isAlive?: number }): void {
		socket.isAlive = 2;
		socket.on("pong", () => {
			socket.isAlive = 2;
		});
		new RpcSession(socket, this.context);
	}

	/** A half-open connection looks like a waiting agent for ever; two missed pings end it. */
	private dropSilent(): void {
		for (const socket of this.sockets.clients as Set<WebSocket & { isAlive?: number }>) {
			socket.isAlive = (socket.isAlive ?? 0) - 1;
			if (socket.isAlive < 0) socket.terminate();
			else socket.ping();
		}
	}

	async close(): Promise<void> {
		clearInterval(this.pings);
		for (const socket of this.sockets.clients) socket.terminate();
		for (const socket of this.upgrading) socket.destroy();
		for (const server of this.servers) {
			server.closeAllConnections();
			await new Promise<void>((resolve) => server.close(() => resolve()));
		}
	}
}

function refuse(socket: Duplex, status: number, message: string): void {
	if (!socket.writable) {
		socket.destroy();
		return;
	}
	const body = JSON.stringify({ error: { message } });
	// Whoever keeps its own half open would hold the connection for ever.
	socket.once("finish", () => socket.destroy());
	socket.end(
		`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
	);
}

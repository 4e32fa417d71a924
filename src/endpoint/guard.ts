import { createHmac, hash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Clock } from "../base/clock.ts";
import { Problem } from "../protocol/problem.ts";

const WINDOW = 60_000;
const FREE_FAILURES = 10;
const MAX_DELAY = 60_000;

/**
 * Who may speak to the gate: one function for the upgrade and for every request, before a byte of the body is read.
 * A web page cannot pass: it sends an Origin, cannot set Authorization on a WebSocket and does not know the token.
 */
export class Guard {
	private readonly tokenHash: Buffer;
	private readonly token: string;
	private readonly clock: Clock;
	private failures: number[] = [];

	constructor(token: string, clock: Clock) {
		this.token = token;
		this.tokenHash = digest(token);
		this.clock = clock;
	}

	/** Where it came from. `port`: of the TCP listener, null on a Unix socket. @throws Problem */
	checkOrigin(request: IncomingMessage, port: number | null): void {
		const { headers, rawHeaders } = request;
		if (headers.origin !== undefined || headers["sec-fetch-site"] !== undefined) {
			throw new Problem("forbidden", "Requests from a web page are refused (an Origin was sent).");
		}
		if (port === null) return;
		const hosts = rawHeaders.filter(
			(_, index) => index % 2 === 0 && rawHeaders[index]?.toLowerCase() === "host",
		).length;
		const allowed = [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`];
		if (hosts !== 1 || !allowed.includes(headers.host ?? "")) {
			throw new Problem("forbidden", `Host must be ${allowed[0]}, and be sent once.`);
		}
	}

	/** Who sent it. Only wrong tokens are counted and slowed. @throws Problem, late after many failures */
	async checkToken(request: IncomingMessage): Promise<void> {
		const given = /^Bearer ([\x21-\x7e]{1,200})$/.exec(request.headers.authorization ?? "")?.[1];
		if (given !== undefined && timingSafeEqual(digest(given), this.tokenHash)) return;
		const now = this.clock.monotonic();
		this.failures = [...this.failures.filter((at) => now - at < WINDOW), now].slice(-100);
		const over = this.failures.length - FREE_FAILURES;
		if (over > 0) await delay(Math.min(MAX_DELAY, 1000 * 2 ** Math.min(over - 1, 6)));
		throw new Problem("unauthorized", "Send the token of the gate's discovery file: Authorization: Bearer <token>.");
	}

	/** Shows that we know the token without saying it: a client asks for this before it sends anything. */
	prove(nonce: string): string {
		return proof(this.token, nonce);
	}
}

export function proof(token: string, nonce: string): string {
	return createHmac("sha256", token).update(`countersign/proof/v1\n${nonce}`).digest("hex");
}

/** Does not keep a gate that stops from ending. */
const delay = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms).unref());

const digest = (text: string) => hash("sha256", text, "buffer");

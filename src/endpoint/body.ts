import type { IncomingMessage } from "node:http";
import { Problem } from "../protocol/problem.ts";

/** A refused body that stops coming is given up after this. Ms. */
const LINGER = 300;

/** The body piece by piece, refused as soon as it is known to be too large. @throws Problem too_large */
export async function* bodyChunks(request: IncomingMessage, limit: number, what: string): AsyncGenerator<Uint8Array> {
	let left = limit;
	if (announced(request) > limit) throw refuseLarge(request, limit, what);
	try {
		for await (const chunk of request.iterator({ destroyOnReturn: false })) {
			left -= chunk.byteLength;
			if (left < 0) break;
			yield chunk;
		}
	} catch {
		throw cutOff();
	} finally {
		// Also when whoever takes the pieces has had enough.
		request.resume();
	}
	if (left < 0) throw refuseLarge(request, limit, what);
}

/** The whole body. By its events: to go through its pieces one by one costs every hook a quarter of a millisecond. @throws as bodyChunks */
export function readBody(request: IncomingMessage, limit: number, what: string): Promise<Buffer> {
	return new Promise((resolve, reject) => {
		const chunks: Uint8Array[] = [];
		let left = limit;
		const tooLarge = () => reject(refuseLarge(request, limit, what));
		if (announced(request) > limit) return tooLarge();
		request.on("data", (chunk: Uint8Array) => {
			const wasLarge = left < 0;
			left -= chunk.byteLength;
			if (left >= 0) chunks.push(chunk);
			else if (!wasLarge) tooLarge();
		});
		request.on("end", () => resolve(Buffer.concat(chunks)));
		request.on("close", () => reject(cutOff()));
	});
}

/** What still comes is thrown away, for a while: a client whose sending is cut off may never read why. */
function refuseLarge(request: IncomingMessage, limit: number, what: string): Problem {
	request.resume();
	request.setTimeout(LINGER, () => request.destroy());
	return new Problem("too_large", `${what} has at most ${limit / 1024 / 1024} MiB.`);
}

const announced = ({ headers }: IncomingMessage) => Number(headers["content-length"] ?? 0);

const cutOff = () => new Problem("bad_request", "The body ended before its announced length.");

/** @throws Problem bad_media_type: a form of a web page cannot send JSON */
export function requireJson(request: IncomingMessage): void {
	if (/^application\/json *(;|$)/i.test(request.headers["content-type"] ?? "")) return;
	throw new Problem("bad_media_type", "Send Content-Type: application/json.");
}

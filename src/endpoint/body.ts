import type { IncomingMessage } from "node:http";
import { Problem } from "../protocol/problem.ts";

/** A refused body that stops coming is given up after this. Ms. */
const LINGER = 300;

/** The body piece by piece, refused as soon as it is known to be too large. @throws Problem too_large */
export async function* bodyChunks(request: IncomingMessage, limit: number, what: string): AsyncGenerator<Uint8Array> {
	let size = Number(request.headers["content-length"] ?? 0) > limit ? Number.POSITIVE_INFINITY : 0;
	try {
		if (size <= limit) {
			for await (const chunk of request.iterator({ destroyOnReturn: false })) {
				size += chunk.byteLength;
				if (size > limit) break;
				yield chunk;
			}
		}
	} catch {
		throw new Problem("bad_request", "The body ended before its announced length.");
	} finally {
		// What still comes is thrown away: a client whose sending is cut off may never read why.
		request.resume();
	}
	if (size <= limit) return;
	request.setTimeout(LINGER, () => request.destroy());
	throw new Problem("too_large", `${what} has at most ${limit / 1024 / 1024} MiB.`);
}

/** The whole body. @throws as bodyChunks */
export async function readBody(request: IncomingMessage, limit: number, what: string): Promise<Buffer> {
	const chunks: Uint8Array[] = [];
	for await (const chunk of bodyChunks(request, limit, what)) chunks.push(chunk);
	return Buffer.concat(chunks);
}

/** @throws Problem bad_media_type: a form of a web page cannot send JSON */
export function requireJson(request: IncomingMessage): void {
	if (/^application\/json *(;|$)/i.test(request.headers["content-type"] ?? "")) return;
	throw new Problem("bad_media_type", "Send Content-Type: application/json.");
}

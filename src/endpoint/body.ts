import type { IncomingMessage } from "node:http";
import { Problem } from "../protocol/problem.ts";

/** A refused body that stops coming is given up after this. Ms. */
const LINGER = 300;

/** The whole body, refused as soon as it is known to be too large. @throws Problem too_large */
export function readBody(request: IncomingMessage, limit: number, what: string): Promise<Buffer> {
	return new Promise((resolve, reject) => {
		let chunks: Buffer[] = [];
		let size = 0;
		const refuse = () => {
			reject(new Problem("too_large", `${what} has at most ${limit / 1024 / 1024} MiB.`));
			chunks = [];
			// What still comes is thrown away: a client whose sending is cut off may never read why.
			request.setTimeout(LINGER, () => request.destroy());
		};
		if (Number(request.headers["content-length"] ?? 0) > limit) refuse();
		request.on("data", (chunk: Buffer) => {
			if (size > limit) return;
			size += chunk.byteLength;
			if (size > limit) refuse();
			else chunks.push(chunk);
		});
		request.on("end", () => resolve(Buffer.concat(chunks)));
		request.on("error", reject);
		request.on("close", () => reject(new Problem("bad_request", "The body ended before its announced length.")));
	});
}

/** @throws Problem bad_media_type: a form of a web page cannot send JSON */
export function requireJson(request: IncomingMessage): void {
	if (/^application\/json *(;|$)/i.test(request.headers["content-type"] ?? "")) return;
	throw new Problem("bad_media_type", "Send Content-Type: application/json.");
}

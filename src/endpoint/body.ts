import type { IncomingMessage } from "node:http";
import { Problem } from "../protocol/problem.ts";

/** The whole body, refused as soon as it is known to be too large. @throws Problem too_large */
export async function readBody(request: IncomingMessage, limit: number, what: string): Promise<Buffer> {
	const tooLarge = () => new Problem("too_large", `${what} has at most ${limit / 1024 / 1024} MiB.`);
	if (Number(request.headers["content-length"] ?? 0) > limit) throw tooLarge();
	const chunks: Buffer[] = [];
	let size = 0;
	return new Promise((resolve, reject) => {
		request.on("data", (chunk: Buffer) => {
			size += chunk.byteLength;
			if (size <= limit) return chunks.push(chunk);
			// What still comes is thrown away: a client that may not send on never reads why.
			chunks.length = 0;
			return reject(tooLarge());
		});
		request.on("end", () => resolve(Buffer.concat(chunks)));
		request.on("error", reject);
	});
}

/** @throws Problem bad_media_type: a form of a web page cannot send JSON */
export function requireJson(request: IncomingMessage): void {
	if (/^application\/json *(;|$)/i.test(request.headers["content-type"] ?? "")) return;
	throw new Problem("bad_media_type", "Send Content-Type: application/json.");
}

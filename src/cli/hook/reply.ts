/** The gate's framed answer (see hookRoute.ts), as far as it arrived. */
export interface Reply {
	/** The HTTP message ended as it announced, with status 200, and says how to exit. */
	readonly complete: boolean;
	readonly ticket?: string;
	readonly exit: 0 | 2;
	readonly reason: string;
	readonly stdout: string;
}

/** What arrived says nothing. */
export const NOTHING: Reply = { complete: false, exit: 2, reason: "", stdout: "" };

/** From the raw bytes of an HTTP/1.1 response. What is cut off is never complete; a ticket is found all the same. */
export function readReply(bytes: Buffer): Reply {
	const end = bytes.indexOf("\r\n\r\n");
	if (end < 0) return NOTHING;
	const head = bytes.toString("latin1", 0, end);
	const { body, whole } = readBody(head, bytes.subarray(end + 4));
	if (!/^HTTP\/1\.1 200 /.test(head)) return NOTHING;
	let text = body.toString("utf8");
	let ticket: { ticket?: string } = {};
	const first = /^ticket ([0-9a-f]{32})\n/.exec(text);
	if (first?.[1]) {
		ticket = { ticket: first[1] };
		text = text.slice(first[0].length);
	}
	const match = /^exit ([02])\n([^\n]*)\n/.exec(text);
	if (!whole || !match) return { ...NOTHING, ...ticket };
	return {
		complete: true,
		...ticket,
		exit: match[1] === "0" ? 0 : 2,
		reason: match[2] ?? "",
		stdout: text.slice(match[0].length),
	};
}

function readBody(head: string, rest: Buffer): { body: Buffer; whole: boolean } {
	const length = /^content-length: *(\d+)/im.exec(head)?.[1];
	if (length !== undefined) return { body: rest, whole: rest.length === Number(length) };
	const chunks: Buffer[] = [];
	for (let at = 0; ; ) {
		const line = rest.indexOf("\r\n", at);
		const size = line < 0 ? Number.NaN : Number.parseInt(rest.toString("latin1", at, line), 16);
		if (size === 0) return { body: Buffer.concat(chunks), whole: true };
		if (Number.isNaN(size) || line + 2 + size > rest.length) return { body: Buffer.concat(chunks), whole: false };
		chunks.push(rest.subarray(line + 2, line + 2 + size));
		at = line + 2 + size + 2;
	}
}

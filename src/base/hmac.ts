import { hash } from "node:crypto";

/** Bytes that SHA-256 takes at a time. */
const BLOCK = 64;

interface Pads {
	/** The key with 0x36, then room for the text. */
	readonly inner: Buffer;
	/** The key with 0x5c, then room for the inner digest. */
	readonly outer: Buffer;
}

const padsOf = new WeakMap<Uint8Array, Pads>();

/**
 * HMAC-SHA-256 (RFC 2104) of a lower-case hex SHA-256, in hex. The same as `createHmac`, which makes and frees an
 * object of the library for each: here the padded key is made once, and an answer waits for two plain digests.
 */
export function hmacOfDigest(digest: string, key: Uint8Array): string {
	if (digest.length !== BLOCK || key.byteLength > BLOCK)
		throw new RangeError("not a SHA-256 in hex, or too long a key");
	const pads = padsOf.get(key) ?? padKey(key);
	pads.inner.write(digest, BLOCK, "latin1");
	pads.outer.write(hash("sha256", pads.inner, "hex"), BLOCK, "hex");
	return hash("sha256", pads.outer, "hex");
}

/** Once a key. */
function padKey(key: Uint8Array): Pads {
	const inner = Buffer.alloc(2 * BLOCK, 0x36);
	const outer = Buffer.alloc(BLOCK + BLOCK / 2, 0x5c);
	for (const [at, byte] of key.entries()) {
		inner[at] = byte ^ 0x36;
		outer[at] = byte ^ 0x5c;
	}
	padsOf.set(key, { inner, outer });
	return { inner, outer };
}

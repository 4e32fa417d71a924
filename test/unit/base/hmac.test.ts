import { createHmac, randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sha256 } from "../../../src/base/hash.ts";
import { hmacOfDigest } from "../../../src/base/hmac.ts";

test("the MAC is HMAC-SHA-256 for every key and text, again and again with one key", () => {
	fc.assert(
		fc.property(
			fc.uint8Array({ maxLength: 64 }),
			fc.array(fc.string(), { minLength: 1, maxLength: 3 }),
			(key, texts) => {
				for (const digest of texts.map(sha256)) {
					expect(hmacOfDigest(digest, key)).toBe(createHmac("sha256", key).update(digest).digest("hex"));
				}
			},
		),
	);
});

test("two keys in turn do not meet", () => {
	const keys = [randomBytes(32), randomBytes(32)];
	const digest = sha256("text");
	for (const key of [...keys, ...keys]) {
		expect(hmacOfDigest(digest, key)).toBe(createHmac("sha256", key).update(digest).digest("hex"));
	}
});

test("what is not a digest, and a key that would have to be hashed first, is refused", () => {
	expect(() => hmacOfDigest("short", Buffer.alloc(32))).toThrow(RangeError);
	expect(() => hmacOfDigest(sha256("text"), Buffer.alloc(65))).toThrow(RangeError);
});

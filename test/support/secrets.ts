import { generateKeyPairSync, randomBytes } from "node:crypto";
import { pick, seeded } from "./seeded.ts";

/** A secret, and how people come to write it down. */
export interface Secret {
	readonly kind: string;
	/** What must not get out, none of its pieces. */
	readonly value: string;
	/** In a line of a file, or of a message. */
	readonly line: string;
	readonly command: string;
	/** Where it may be part of a name. */
	readonly path?: string;
}

const ALPHABETS = {
	upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
	base62: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
	base64: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
	base36: "abcdefghijklmnopqrstuvwxyz0123456789",
	hex: "0123456789abcdef",
};

/** The same thirty in every run, but for the keys. */
export function thirtySecrets(seed: number): Secret[] {
	const random = seeded(seed);
	const draw = (alphabet: keyof typeof ALPHABETS, length: number) =>
		Array.from({ length }, () => pick(random, [...ALPHABETS[alphabet]])).join("");
	const makers: (() => Secret)[] = [
		() => {
			const value = `AKIA${draw("upper", 16)}`;
			return {
				kind: "AWS id",
				value,
				line: `aws_access_key_id = ${value}`,
				command: `aws s3 ls --profile ${value}`,
				path: `keys/${value}.txt`,
			};
		},
		() => {
			const value = draw("base64", 40);
			return {
				kind: "AWS secret",
				value,
				line: `secret_access_key: "${value}"`,
				command: `AWS_SECRET_ACCESS_KEY=${value} aws s3 ls`,
				path: `old/${value}`,
			};
		},
		() => {
			const value = pem();
			return { kind: "PEM", value, line: value, command: `cat > key <<E\n${value}\nE` };
		},
		() => {
			const part = (length: number) => draw("base62", length);
			const value = `eyJ${part(30)}.eyJ${part(60)}.${part(43)}`;
			return {
				kind: "JWT",
				value,
				line: `session ${value} is good`,
				command: `curl -H "Authorization: Bearer ${value}" https://x.example`,
				path: `dump/${value}.json`,
			};
		},
		() => {
			const value = draw("base62", 14);
			return { kind: ".env", value, line: `DB_PASSWORD=${value}`, command: `MYSQL_PWD=${value} mysqldump app` };
		},
		() => {
			const value = draw("base62", 16);
			return {
				kind: ".env key",
				value,
				line: `export SIGNING_KEY="${value}"`,
				command: `API_TOKEN='${value}' ./deploy`,
			};
		},
		() => {
			const value = draw("base62", 18);
			return {
				kind: "URL",
				value,
				line: `DATABASE=postgres://app:${value}@db.example:5432/app`,
				command: `git clone https://li:${value}@git.example/x`,
			};
		},
		() => {
			const value = draw("base62", 40);
			return {
				kind: "random base62",
				value,
				line: `it answered ${value}.`,
				command: `deploy --to prod ${value}`,
				path: `tmp/${value}.log`,
			};
		},
		() => {
			const value = draw(pick(random, ["hex", "base36"] as const), 40);
			return { kind: "random lower", value, line: `[${value}]`, command: `deploy ${value}`, path: `tmp/x-${value}/a` };
		},
		() => {
			const value = draw("base64", 40);
			return {
				kind: "random base64",
				value,
				line: `"${value}"`,
				command: `echo ${value} | base64 -d`,
				path: `tmp/${value}`,
			};
		},
	];
	return Array.from({ length: 30 }, (_, at) => (makers[at % makers.length] as () => Secret)());
}

/** Of a real key, so with a last line of any length. */
function pem(): string {
	const { privateKey } = generateKeyPairSync("ec", { namedCurve: (randomBytes(1)[0] ?? 0) ? "P-256" : "P-384" });
	return privateKey.export({ type: "pkcs8", format: "pem" }).toString().trim();
}

/** Every piece of eight characters in a row of a secret; the words that a key begins with are none. */
export function piecesOf(value: string): string[] {
	return value
		.split("\n")
		.filter((line) => !line.startsWith("-----"))
		.flatMap((line) => Array.from({ length: Math.max(0, line.length - 7) }, (_, at) => line.slice(at, at + 8)));
}

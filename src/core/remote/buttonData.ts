import { CANNED, type Wish } from "./remotePort.ts";

/** `write`: the person wants to say it in words of their own, where a channel has a form for that. */
export type Asked = Wish | { readonly kind: "write" };

/** What comes back when a button is pressed: nothing but a nonce and a letter, at most 64 bytes. */
const DATA = /^cs1:([A-Za-z0-9_-]{22}):([adsbw0-9])$/;
const LETTERS = { approve: "a", deny: "d", snooze: "s", back: "b", write: "w" } as const;

/** @param asked what it asks for; a number: that one of `CANNED` */
export const buttonData = (nonce: string, asked: keyof typeof LETTERS | number): string =>
	`cs1:${nonce}:${typeof asked === "number" ? asked : LETTERS[asked]}`;

/** Undefined: no button of ours carries that. */
export function readButtonData(data: string): { readonly nonce: string; readonly asked: Asked } | undefined {
	const [, nonce, letter] = DATA.exec(data) ?? [];
	if (nonce === undefined || letter === undefined) return undefined;
	const reason = CANNED[Number(letter)];
	if (reason !== undefined) return { nonce, asked: { kind: "reason", reason } };
	const kind = Object.entries(LETTERS).find(([, one]) => one === letter)?.[0] as keyof typeof LETTERS | undefined;
	return kind && { nonce, asked: { kind } };
}

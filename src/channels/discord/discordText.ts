import type { Message } from "../../core/remote/remotePort.ts";

/** Discord's own limit of a message. UTF-16 units. */
const MAX_CONTENT = 2000;
const [OPEN, CLOSE] = ["```\n", "\n```"];
/** Drawn with no width: what comes apart here looks as it was. */
const NOTHING = "\u200b";

/** Characters of a card that fit as a rule; the rest is for what has to be taken apart. */
export const ROOM = 1900;

/**
 * All of it is one code block: in one, Discord makes no link, mention, time, emoji, heading or spoiler of anything, and
 * fetches nothing. Nothing ends it but three backticks in a row; so no three stand in a row.
 */
export function discordText({ text }: Message): string {
	const room = MAX_CONTENT - OPEN.length - CLOSE.length;
	const shown = apart(text.toWellFormed());
	return OPEN + (shown.length <= room ? shown : `${shown.slice(0, room - 2).toWellFormed()} …`) + CLOSE;
}

/** By how many characters it would be cut. */
export const overOf = ({ text }: Message): number =>
	Math.max(0, OPEN.length + apart(text.toWellFormed()).length + CLOSE.length - MAX_CONTENT);

/** The line by which a message that was sent is known again. */
export const firstLine = (content: string): string => content.slice(0, content.indexOf("\n", OPEN.length) + 1);

const apart = (text: string) => text.replace(/``(?=`)/g, `\`\`${NOTHING}`);

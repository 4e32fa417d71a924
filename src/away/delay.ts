import type { Policy } from "../core/policy/policy.ts";

/** How long what waits is left to the desk when the policy has no ladder. Ms. */
const AT_THE_DESK = 60_000;

/**
 * How long a request waits at the desk before it goes to that channel, ms; undefined: it does not go there.
 * @param quiet minutes of the day
 * @param attended whether somebody is at the desk
 */
export function delayOf(
	channel: "telegram" | "discord",
	quiet: { readonly from: number; readonly to: number } | undefined,
	{ channels, remindAfter }: Pick<Policy, "channels" | "remindAfter">,
	attended: boolean,
	now: Date,
): number | undefined {
	if (channels.length > 0 && !channels.includes(channel)) return undefined;
	if (quiet && isWithin(quiet, now.getHours() * 60 + now.getMinutes())) return undefined;
	return attended ? (remindAfter[0] ?? AT_THE_DESK) : 0;
}

/** Over midnight too. */
const isWithin = ({ from, to }: { from: number; to: number }, minute: number) =>
	from <= to ? from <= minute && minute < to : minute >= from || minute < to;

import type { Allow } from "../../core/policy/allowRules.ts";

/** For how long, or how often, a new rule holds. */
export interface Limit {
	readonly label: string;
	readonly description: string;
	readonly limit: Pick<Allow, "workspace" | "session" | "times" | "expires">;
}

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

/** The one for those who press Enter. */
export const isUsual = ({ limit }: Limit) => limit.times === undefined && limit.session === undefined;

/** @param session "": the agent names none @param now wall time, ms */
export function limitsFor(workspace: string, session: string, now: number): readonly Limit[] {
	return [
		{ label: "Once More", description: "the next time, then it is used up", limit: { workspace, times: 1 } },
		...(session === ""
			? []
			: [
					{
						label: "In This Session",
						description: "this agent's session, at most a day",
						limit: { workspace, session, expires: momentOf(now + DAY) },
					},
				]),
		{
			label: "In This Folder, for 30 Days",
			description: "the usual",
			limit: { workspace, expires: momentOf(now + 30 * DAY).slice(0, 10) },
		},
		{
			label: "In This Folder, for 8 Hours",
			description: "a working day",
			limit: { workspace, expires: momentOf(now + 8 * HOUR) },
		},
	];
}

/** To the minute, as a person there would write it: 2026-12-01T14:05+01:00. */
function momentOf(time: number): string {
	const minutes = -new Date(time).getTimezoneOffset();
	const two = (number: number) => String(Math.floor(number)).padStart(2, "0");
	const zone = `${minutes < 0 ? "-" : "+"}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
	return `${new Date(time + minutes * 60_000).toISOString().slice(0, 16)}${zone}`;
}

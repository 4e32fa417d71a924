import * as z from "zod";

/** The token is in every request: it leaves the machine encrypted or not at all. */
export function isSafeRoot(root: string): boolean {
	if (!URL.canParse(root)) return false;
	const { protocol, hostname } = new URL(root);
	return protocol === "https:" || (protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(hostname));
}

/** What every channel has. */
export const COMMON = {
	api_root: z.string().refine(isSafeRoot, "not https").optional(),
	approve: z.boolean().optional(),
	quiet: z
		.string()
		.regex(/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/, "not hours")
		.optional(),
};

export const COMMON_REMEDIES = {
	api_root: "Write an address that begins with https://; http:// is only for this machine.",
	approve: "Write false for a phone that only denies, or leave it out.",
	quiet: 'Write hours of this machine, for example "22:00-07:00".',
};

/** What of it holds for any channel. */
export interface CommonSettings {
	readonly apiRoot?: string | undefined;
	/** False: it only denies. */
	readonly approve: boolean;
	/** Minutes of the day between which nothing new is sent. */
	readonly quiet?: { readonly from: number; readonly to: number } | undefined;
}

type Written = z.infer<z.ZodObject<typeof COMMON>>;

export const commonOf = ({ api_root: apiRoot, approve = true, quiet }: Written): CommonSettings => ({
	apiRoot,
	approve,
	quiet: quiet === undefined ? undefined : minutesOf(quiet),
});

function minutesOf(hours: string): { from: number; to: number } {
	const [from = 0, to = 0] = hours.split("-").map((time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3)));
	return { from, to };
}

import type { Identity } from "../core/request.ts";
import type { Params } from "../protocol/messages.ts";

/** Who an agent says it is, the same on both transports. */
export function toIdentity(
	{ name, version }: Params<"initialize">["agent"],
	session: Params<"initialize">["session"],
): Identity {
	return { agent: name, ...(version ? { version } : {}), session: session?.id ?? "" };
}

import * as z from "zod";
import { actionSchema } from "./action.ts";

/** The methods of the endpoint (docs/protocol.md). A method has one strict shape; unknown fields are refused. */

export const PROTOCOL_VERSION = 1;

/** Larger content goes by `PUT /v1/blobs/{sha256}`. Bytes. */
export const LIMITS = {
	message: 4 * 1024 * 1024,
	hook: 32 * 1024 * 1024,
	blob: 128 * 1024 * 1024,
} as const;

/** Above this some agents' 32-bit timers fire at once. Seconds. */
export const MAX_HOOK_WAIT = 2_147_000;

const name = z.string().min(1).max(200);
const id = z.string().regex(/^[0-9a-f]{32}$/, "a request id is 32 lower-case hex digits");
const waitMs = z.int().min(0).max(2_147_483_647).optional();
const applySchema = z.enum(["gate", "agent"]);

export const agentSchema = z.strictObject({ name, version: z.string().max(200).optional() });
export const sessionSchema = z.strictObject({ id: z.string().max(500) });

export const methodSchemas = {
	initialize: z.strictObject({
		protocolVersion: z.literal(PROTOCOL_VERSION, "this gate speaks protocolVersion 1"),
		agent: agentSchema,
		session: sessionSchema.optional(),
		workspace: z.string().max(4096).optional(),
	}),
	"request/submit": z.strictObject({
		key: z.string().min(1).max(500),
		action: actionSchema,
		intent: z.string().max(10_000).optional(),
		waitMs,
		apply: applySchema.optional(),
	}),
	"request/wait": z.strictObject({ id, waitMs }),
	"request/cancel": z.strictObject({ id, reason: z.string().max(10_000).optional() }),
	"request/report": z.strictObject({
		id,
		outcome: z.enum(["executed", "failed"]),
		detail: z.string().max(10_000).optional(),
		sha256: z
			.string()
			.regex(/^[0-9a-f]{64}$/)
			.optional(),
	}),
} as const;

export type Method = keyof typeof methodSchemas;
export type Params<M extends Method> = z.infer<(typeof methodSchemas)[M]>;

/** `POST /v1/requests`: what `initialize` says on a WebSocket travels in the same body. */
export const httpSubmitSchema = methodSchemas["request/submit"].extend({
	agent: agentSchema,
	session: sessionSchema.optional(),
});

export type Apply = z.infer<typeof applySchema>;
export type Status = "waiting" | "approved" | "denied" | "cancelled" | "expired";
export type Outcome = "executing" | "executed" | "differs" | "failed" | "unknown";

export interface DecisionState {
	readonly status: Exclude<Status, "waiting">;
	readonly reason?: string;
	/** A reviewer's name or a rule id; never empty. */
	readonly by: string;
	readonly via: string;
	/** ISO 8601, UTC. */
	readonly time: string;
	readonly edited?: true;
	/** The approved text, when the reviewer changed it and the agent is the one to apply it. */
	readonly content?: string;
	/**
	 * What the agent proposed and the reviewer left out of an edited approval: there the text is as it was before. In
	 * the order of the file, at most 20, of at most 4000 characters together. Told from the contents, so only where all
	 * are kept, UTF-8, at most 1 MiB and different in at most 500 lines, and where the file stood still while whole
	 * content for it waited. Absent: nothing was left out, or nobody can tell.
	 */
	readonly rejectedHunks?: readonly RejectedHunk[];
	/** How many more were left out that `rejectedHunks` has no room for. */
	readonly moreRejectedHunks?: number;
}

/** Lines without their ends. An empty last one stands for the line end behind the one before it. */
export interface RejectedHunk {
	/** In the file as it was before, from 1: the first of the removed lines; with none, the line that the added were to stand before. */
	readonly line: number;
	readonly removed: readonly string[];
	readonly added: readonly string[];
}

/** What an agent is told about its request. */
export interface RequestState {
	readonly id: string;
	readonly key: string;
	readonly revision: number;
	readonly status: Status;
	readonly outcome: Outcome | null;
	readonly decision?: DecisionState;
	/** Why an approved action failed, differs or is unknown. */
	readonly detail?: string;
	/** Set while waiting: what to quote when asking again. */
	readonly ticket?: string;
}

/** `COUNTERSIGN_HOME/run/<folderId>.json`, mode 0600. */
export const discoverySchema = z.object({
	protocolVersion: z.literal(PROTOCOL_VERSION),
	pid: z.int(),
	startTime: z.string(),
	workspace: z.string(),
	folders: z.array(z.string()),
	url: z.string().nullable(),
	socket: z.string(),
	token: z.string(),
	owner: z.enum(["editor", "serve"]),
});
export type Discovery = z.infer<typeof discoverySchema>;

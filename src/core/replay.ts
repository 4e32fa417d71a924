import { sha256 } from "../base/hash.ts";
import type { DecisionState, Outcome, Status } from "../protocol/messages.ts";
import type { AuditRecord } from "./audit/record.ts";
import type { Details } from "./details.ts";
import type { Request } from "./request.ts";
import type { Bypass } from "./sessions.ts";

const OUTCOMES: Readonly<Record<string, Outcome>> = {
	INTENT: "executing",
	EXECUTED: "executed",
	DIFFERS: "differs",
	FAILED: "failed",
	UNKNOWN: "unknown",
};

export interface Replay {
	readonly requests: Request[];
	/** Ids of requests without a decision whose private half is gone: a crash came before anybody was told of them. */
	readonly lost: string[];
}

/**
 * The queue as the journal tells it. Only call it with records whose chain and MACs were checked.
 * @param details lines of the private file, by their SHA-256
 */
export function replay(records: Iterable<AuditRecord>, details: ReadonlyMap<string, string>): Replay {
	const requests = new Map<string, Request>();
	const lost = new Set<string>();
	for (const record of records) {
		const id = record.request;
		if (id === undefined || record.type === "FREE") continue;
		const known = requests.get(id);
		if (record.type !== "REQUEST") {
			if (known) advance(known, record, details);
			lost.delete(id);
			continue;
		}
		const request = fromRecord(record, details);
		// A later revision whose private half was lost was never shown: the one before still waits.
		if (request) requests.set(id, revised(known, request));
		else if (!known) lost.add(id);
	}
	return { requests: [...requests.values()], lost: [...lost] };
}

/** The number that a person knows it by stays. */
const revised = (known: Request | undefined, { seq, ...request }: Request): Request =>
	known ? Object.assign(known, request) : { ...request, seq };

/** What went round the gate and no person has acknowledged. An acknowledgement is of the oldest, as many as it says. */
export function unseenBypasses(records: Iterable<AuditRecord>): readonly Bypass[] {
	let unseen: Bypass[] = [];
	for (const { type, data, agent = "?", session = "", tool = "?", target = "", time } of records) {
		if (type !== "BYPASS") continue;
		if (typeof data?.acknowledged === "number") unseen = unseen.slice(data.acknowledged);
		else unseen.push({ identity: { agent, session }, tool, target, time: Date.parse(time) });
	}
	return unseen;
}

function fromRecord(record: AuditRecord, details: ReadonlyMap<string, string>): Request | undefined {
	const found = readDetails(record, details);
	if (!found || !record.request) return undefined;
	return {
		id: record.request,
		...found,
		actionDigest: record.actionDigest ?? "",
		requestedAt: Date.parse(record.time),
		seq: record.seq,
		revision: record.revision ?? 1,
		binding: record.binding ?? "",
		status: "waiting",
		outcome: null,
	};
}

function readDetails(record: AuditRecord, details: ReadonlyMap<string, string>): Details | undefined {
	const digest = record.data?.details;
	const line = typeof digest === "string" ? details.get(digest) : undefined;
	return line !== undefined && sha256(line) === digest ? (JSON.parse(line) as Details) : undefined;
}

function advance(request: Request, record: AuditRecord, details: ReadonlyMap<string, string>): void {
	if (record.type === "DECISION") {
		request.status = record.decision as Exclude<Status, "waiting">;
		request.decision = decisionFrom(record);
		request.decidedAt = Date.parse(record.time);
		const edited = readDetails(record, details);
		if (edited) Object.assign(request, edited, { binding: record.binding });
		else if (record.binding !== request.binding && request.status === "approved") {
			// Approved were bytes that are gone: it must not run as something else.
			request.outcome = "unknown";
			request.detail = "what the reviewer approved was lost in a crash; ask again";
		}
	} else if (record.type === "TICKET") {
		request.ticketed = record.data?.redeemed !== true;
	} else {
		const outcome = OUTCOMES[record.type];
		if (outcome === undefined) return;
		request.outcome = outcome;
		if (record.reason) request.detail = record.reason;
	}
}

function decisionFrom(record: AuditRecord): DecisionState {
	return {
		status: record.decision as Exclude<Status, "waiting">,
		...(record.reason ? { reason: record.reason } : {}),
		by: record.by ?? "?",
		via: record.via ?? "?",
		time: record.time,
		...(record.data?.edited === true ? { edited: true as const } : {}),
	};
}

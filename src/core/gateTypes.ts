import type { Clock } from "../base/clock.ts";
import type { Event } from "../base/emitter.ts";
import type { Params, RequestState } from "../protocol/messages.ts";
import type { PlanPorts } from "./plan.ts";
import type { Tier } from "./policy/evaluate.ts";
import type { PolicyView } from "./policy/policyView.ts";
import type { BlobPort, FilePort, JournalPort } from "./ports.ts";
import type { Reminder } from "./reminders.ts";
import type { Request } from "./request.ts";

export interface GatePorts extends PlanPorts {
	readonly clock: Clock;
	readonly journal: JournalPort;
	readonly blobs: BlobPort;
	readonly files: FilePort;
	/** 128 random bits in hex. */
	randomId(): string;
	/** Whether an editor holds unsaved changes of the file. */
	isDirty(path: string): boolean;
	/** Named points between the durable steps, where a test kills the process. */
	failpoint(name: string): void;
}

export type Channel = "editor" | "terminal" | "telegram" | "discord";

export interface Reviewer {
	/** A name that identifies the person on that channel; never empty. */
	readonly by: string;
	readonly via: Channel;
}

export type Choice =
	/** `revision`: the one that was on screen. `content`: the reviewer's own text instead of the proposed one. */
	| { readonly kind: "approve"; readonly revision: number; readonly content?: Uint8Array }
	| { readonly kind: "deny"; readonly reason: string };

export type DecideResult =
	| { readonly kind: "done"; readonly request: Request }
	/** Nothing was decided; `reason` tells the reviewer why and what to do. */
	| { readonly kind: "refused"; readonly reason: string; readonly request: Request };

/** A free action passes with its state; everything else becomes, or already is, a request. */
export type Submission =
	| { readonly kind: "passed"; readonly state: RequestState }
	| { readonly kind: "asked"; readonly request: Request };

export interface SubmitParams extends Omit<Params<"request/submit">, "waitMs"> {
	/** False for an agent whose dialect cannot say "do this instead". */
	readonly takesEdits?: boolean;
	/** Why the action can do more than it shows; it then counts as high. */
	readonly caution?: string;
}

/** What every surface may see. */
export interface GateView {
	pending(): readonly Request[];
	history(): readonly Request[];
	readonly onDidChange: Event<Request>;
	/** Something that the people at the gate must know, in a sentence. */
	readonly onDidWarn: Event<string>;
	/** Something has waited for long. */
	readonly onDidRemind: Event<Reminder>;
}

/** What only the surfaces of the gate's owner get. */
export interface GateDoor extends GateView {
	decide(id: string, choice: Choice, reviewer: Reviewer): Promise<DecideResult>;
	/**
	 * Asks to have put back what a settled request changed: a request like any other, which waits for its decision. The
	 * same one while that waits. @throws Problem when there is nothing to put back
	 */
	revert(id: string, reviewer: Reviewer): Promise<Request>;
}

/** What a person at the gate may do with its policy. */
export interface PolicyDoor {
	/** Undefined: this process does not hold the gate. */
	policy(): PolicyView | undefined;
	/** Of what `policy` says, but for the counts. */
	readonly onDidChangePolicy: Event<void>;
	/** What waits to be adopted, by the digest of the text that the person has read. @throws Problem */
	adopt(sha256: string, reviewer: Reviewer): Promise<void>;
	/** The person has looked at what somebody changed of the files that the gate stands on. */
	acknowledgeDrift(paths: readonly string[], reviewer: Reviewer): Promise<void>;
	/** Everything waits, reads too, until it is resumed. */
	pause(reviewer: Reviewer): Promise<void>;
	resume(reviewer: Reviewer): Promise<void>;
}

/** Every channel can always deny; what it may approve ends at a tier. */
const APPROVES: Readonly<Record<Channel, readonly Tier[]>> = {
	editor: ["free", "normal", "high", "protected"],
	terminal: ["free", "normal", "high"],
	telegram: ["free", "normal"],
	discord: ["free", "normal"],
};

export const mayApprove = (channel: Channel, tier: Tier): boolean => APPROVES[channel].includes(tier);

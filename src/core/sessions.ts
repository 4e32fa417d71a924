import { Emitter } from "../base/emitter.ts";
import type { Action } from "../protocol/action.ts";
import type { GatePorts, Reviewer } from "./gateTypes.ts";
import { judge } from "./plan.ts";
import { redact } from "./redact.ts";
import { type Identity, namespaceOf } from "./request.ts";
import { targetOf } from "./summary.ts";

/** An agent's session that the gate has heard of, by a call or a heartbeat: only then is it known to be gated. */
export interface Session {
	readonly identity: Identity;
	/** When it was first and last heard, wall time, ms. */
	readonly since: number;
	readonly heardAt: number;
	/** A tool of it ran without asking, and no call of it came since: whatever else is heard of it, it is not gated. */
	readonly wentRound: boolean;
	/** When its person wrote to it last, where it tells. Wall time, ms. */
	readonly promptedAt?: number;
}

/** A tool that ran although nobody had allowed it: the gate was not in force for that call. */
export interface Bypass {
	readonly identity: Identity;
	readonly tool: string;
	readonly target: string;
	/** Wall time, ms. */
	readonly time: number;
}

/** More than anybody looks at. */
const MAX_SESSIONS = 100;
/** What is more waits in the journal until these are acknowledged and the gate is started again. */
const MAX_BYPASSES = 500;
/** A flood is one message after the other; the status says how many. */
const MAX_TOLD = 20;
/** Characters of a target; an agent could name a path as long as a payload. */
const MAX_TARGET = 1000;
/** A session that is heard all the time needs no redraw each time. Ms. */
const TELL_EVERY = 10_000;

/** Who is behind the gate, and what went round it. The latter stands in the journal, until a person has seen it. */
export class Sessions {
	private readonly ports: GatePorts;
	private readonly warn: (message: string) => void;
	private readonly sessions = new Map<string, Session>();
	private unseen: readonly Bypass[] = [];
	/** Those that are in the journal. */
	private readonly written = new WeakSet<Bypass>();
	private readonly changes = new Emitter<void>();
	readonly onDidChange = this.changes.event;

	constructor(ports: GatePorts, warn: (message: string) => void) {
		this.ports = ports;
		this.warn = warn;
	}

	/** A call of it came to this gate. */
	asked(identity: Identity): void {
		this.note(identity, false);
	}

	/** A sign of life: where the agent gives one, its calls come here too. */
	heard(identity: Identity): void {
		this.note(identity, undefined, this.ports.clock.now());
	}

	private note({ agent, session }: Identity, wentRound: boolean | undefined, prompted?: number): void {
		const now = this.ports.clock.now();
		const key = namespaceOf({ agent, session });
		const known = this.sessions.get(key);
		this.sessions.delete(key);
		const since = known?.since ?? now;
		const isRound = wentRound ?? known?.wentRound ?? false;
		const promptedAt = prompted ?? known?.promptedAt;
		const times = { since, heardAt: now, ...(promptedAt === undefined ? {} : { promptedAt }) };
		this.sessions.set(key, { identity: { agent, session }, wentRound: isRound, ...times });
		if (this.sessions.size > MAX_SESSIONS) this.sessions.delete(this.sessions.keys().next().value ?? "");
		if (!known || known.wentRound !== isRound || now - known.heardAt > TELL_EVERY) this.changes.fire();
	}

	/** Latest first. */
	all(): readonly Session[] {
		return [...this.sessions.values()].reverse();
	}

	/** What went round the gate and no person has acknowledged, oldest first. */
	bypasses(): readonly Bypass[] {
		return this.unseen;
	}

	/**
	 * A tool ran, and no call of it had been allowed here. What is free needs no leave; anything else went round the gate:
	 * everybody at the gate is told, also when the audit log cannot be written.
	 */
	async ranUnasked(identity: Identity, action: Action): Promise<void> {
		const target = unfreeTarget(action, identity.agent, this.ports);
		if (target === undefined) return;
		const { agent, session } = identity;
		const { tool } = action;
		const bypass = { identity, tool, target, time: this.ports.clock.now() };
		if (this.unseen.length < MAX_BYPASSES) this.unseen = [...this.unseen, bypass];
		this.note(identity, true);
		this.changes.fire();
		if (this.unseen.length <= MAX_TOLD)
			this.warn(
				`${agent} ran ${tool} ${target} without asking: the gate was not in force for that call. Look at what it did, then find out why: countersign doctor`,
			);
		await this.ports.journal.append({ type: "BYPASS", agent, session, tool, target });
		this.written.add(bypass);
	}

	/** @param bypasses the oldest ones; a person has seen them. What is not told any more, or not yet known, counts not. */
	async acknowledge(bypasses: readonly Bypass[], { by, via }: Reviewer): Promise<void> {
		const before = this.unseen;
		const seen = before.filter((bypass) => bypasses.includes(bypass));
		if (seen.length === 0) return;
		// At once: a second dialog about the same must not count it twice.
		this.unseen = before.filter((bypass) => !seen.includes(bypass));
		const data = { acknowledged: seen.filter((bypass) => this.written.has(bypass)).length };
		try {
			await this.ports.journal.append({ type: "BYPASS", summary: "seen by a person", by, via, data });
		} catch (error) {
			this.unseen = [...seen, ...this.unseen];
			throw error;
		} finally {
			this.changes.fire();
		}
	}

	/** Something would have taken a running session out of the gate's reach, and was stopped. */
	async heldBack({ agent, session }: Identity, target: string, why: string): Promise<void> {
		this.warn(
			`${target} was changed so that ${agent} would no longer ask here (${why}). The running session keeps what it had; look at the file before you start another.`,
		);
		const summary = `would have disarmed the gate: ${redact(why)}`;
		await this.ports.journal.append({ type: "DRIFT", agent, session, target, summary });
	}

	/** What the journal holds. */
	restore(bypasses: readonly Bypass[]): void {
		this.unseen = bypasses.slice(0, MAX_BYPASSES);
		for (const bypass of this.unseen) this.written.add(bypass);
	}
}

/** What an action is aimed at; undefined when it is free to run. What cannot even be judged is not free. */
function unfreeTarget(action: Action, agent: string, ports: GatePorts): string | undefined {
	try {
		const { verdict, paths } = judge(action, ports, agent);
		return verdict.effect === "allow" ? undefined : cut(targetOf(action, paths));
	} catch {
		return cut(targetOf(action, []));
	}
}

const cut = (text: string) => (text.length > MAX_TARGET ? `${text.slice(0, MAX_TARGET)}…`.toWellFormed() : text);

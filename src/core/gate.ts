import { isoTime } from "../base/clock.ts";
import { Emitter } from "../base/emitter.ts";
import { messageOf } from "../base/errors.ts";
import type { Action } from "../protocol/action.ts";
import type { Apply, DecisionState, RequestState } from "../protocol/messages.ts";
import { Problem } from "../protocol/problem.ts";
import { readPart } from "./allowanceOf.ts";
import { bindingOf, digestOf } from "./binding.ts";
import { detailsOf } from "./details.ts";
import { Effects } from "./effects.ts";
import {
	type Choice,
	type DecideResult,
	type GateDoor,
	type GatePorts,
	mayApprove,
	type Reviewer,
	type Submission,
	type SubmitParams,
} from "./gateTypes.ts";
import { judge, planFor } from "./plan.ts";
import { allowance } from "./policy/allowance.ts";
import { HELD } from "./policy/evaluate.ts";
import { FREE_WORDS } from "./policy/policy.ts";
import type { PathFacts } from "./ports.ts";
import { decisionRecord, requestRecord } from "./records.ts";
import { Register } from "./register.ts";
import { rejectedHunks } from "./rejected.ts";
import { type Reminder, Reminders } from "./reminders.ts";
import { factsOf, type Identity, isHeld, isSettled, keyOf, namespaceOf, type Request, toState } from "./request.ts";
import { OURSELVES, type Restore, refuseOurName } from "./restore.ts";
import { inverseOf, mayRevert } from "./revert.ts";
import { revise } from "./revise.ts";
import { type Bypass, Sessions } from "./sessions.ts";
import { targetOf } from "./summary.ts";
import type { Uses } from "./uses.ts";

/** From one agent and session; the next is told to wait. Keeps a queue readable. */
const MAX_WAITING = 50;
/** Contents above this live in the blob store, not in memory. Bytes. */
const SPILL = 64 * 1024;
const GATE_APPLIES: readonly string[] = ["file_write", "file_delete"];
const FILE_TOOLS: readonly string[] = ["file_write", "file_delete", "file_rename", "changes"];

/**
 * The only door. Agents submit, wait, cancel and report; reviewers decide. A state changes only after its record is
 * durable, so whatever anybody was told survives a crash.
 */
export class Gate implements GateDoor {
	readonly register = new Register();
	readonly sessions: Sessions;
	private readonly ports: GatePorts;
	private readonly effects: Effects;
	private readonly changes = new Emitter<Request>();
	private readonly warnings = new Emitter<string>();
	private readonly reminded = new Emitter<Reminder>();
	private readonly reminders = new Reminders();
	private readonly submitting = new Map<string, Promise<unknown>>();
	private readonly coming = new Map<string, number>();
	private passedFree = 0;
	readonly onDidChange = this.changes.event;
	readonly onDidWarn = this.warnings.event;
	readonly onDidRemind = this.reminded.event;

	constructor(ports: GatePorts) {
		this.ports = ports;
		this.effects = new Effects(ports, (request) => this.changed(request));
		this.sessions = new Sessions(ports, (message) => this.warnings.fire(message));
	}

	pending(): readonly Request[] {
		return this.register.all().filter((request) => request.status === "waiting");
	}

	history(): readonly Request[] {
		return this.register.all().filter((request) => request.status !== "waiting");
	}

	/** @throws Problem when the action cannot be asked for; then nothing is queued. */
	async submit(identity: Identity, params: SubmitParams): Promise<Submission> {
		refuseOurName(identity.agent);
		this.sessions.asked(identity);
		const key = keyOf(identity, params.key);
		for (let running = this.submitting.get(key); running; running = this.submitting.get(key)) {
			await running.catch(() => undefined);
		}
		const known = this.register.byKey(key);
		if (known) {
			const request = sameAction(known, digestOf(params.action));
			await this.denyByRule(request);
			return { kind: "asked", request };
		}
		const free = this.passFree(identity, params);
		if (free) return free;
		// Known before anything is waited for: the same, asked at once, is one.
		const submitted = this.submitNew(identity, params);
		this.submitting.set(key, submitted);
		try {
			return await submitted;
		} finally {
			this.submitting.delete(key);
		}
	}

	private async submitNew(identity: Identity, params: SubmitParams): Promise<Submission> {
		return (await this.passByRule(identity, params)) ?? { kind: "asked", request: await this.admit(identity, params) };
	}

	/** What no policy can make free is not even looked at here. */
	private passFree(identity: Identity, params: SubmitParams): Submission | undefined {
		if (!(FREE_WORDS as readonly string[]).includes(params.action.tool)) return undefined;
		const { verdict, paths } = judge(params.action, this.ports, identity.agent);
		if (verdict.effect !== "allow") return undefined;
		return this.pass(identity, params, targetOf(params.action, paths), "free");
	}

	/** A read that is not free may pass by a rule; as cheaply, since nothing of it is bound. */
	private async passByRule(identity: Identity, params: SubmitParams): Promise<Submission | undefined> {
		const { agent, session } = identity;
		const { action, caution } = params;
		if (action.tool !== "file_read" || caution !== undefined) return undefined;
		const { verdict, paths } = judge(action, this.ports, agent);
		const { effect, tier, ruleId, why } = verdict;
		if (effect !== "ask" || tier !== "normal" || ruleId !== null || why.length > 0) return undefined;
		const { policies, uses, clock } = this.ports;
		await policies.refresh();
		const policy = policies.inForce();
		const again = judge(action, this.ports, agent).verdict;
		const parts = readPart(action, paths, this.ports.files);
		if (policy.isPaused || again.ruleId !== null || again.tier !== "normal" || !parts) return undefined;
		const rules = allowance(policy, parts, session, clock.now(), (id) => uses.count(id));
		const asked = { action, actionDigest: digestOf(action), plan: { cwd: "", targets: [], paths, tier, why } };
		if (this.register.refused(asked, clock.now()) !== undefined) return undefined;
		const isTaken = rules && uses.take(rules, this.ports.randomId(), policy, clock.now());
		return isTaken ? this.pass(identity, params, targetOf(action, paths), rules.join(",")) : undefined;
	}

	/** All that a free action costs: no digest, no file read, nothing to wait for. */
	private pass(identity: Identity, params: SubmitParams, target: string, ruleId: string): Submission {
		const id = this.ports.randomId();
		this.ports.journal.appendFree({
			type: "FREE",
			request: id,
			agent: identity.agent,
			session: identity.session,
			tool: params.action.tool,
			target,
			ruleId,
		});
		this.passedFree++;
		const decision: DecisionState = {
			status: "approved",
			by: byRules(ruleId.split(",")),
			via: "policy",
			time: isoTime(this.ports.clock.now()),
		};
		const state: RequestState = { id, key: params.key, revision: 1, status: "approved", outcome: null, decision };
		return { kind: "passed", state };
	}

	/** For the surfaces of the gate's owner; agents have no way to it. */
	async revert(id: string, reviewer: Reviewer): Promise<Request> {
		if (!mayRevert(reviewer.via)) throw new Problem("forbidden", "Nothing is put back from here. Do it at the desk.");
		const request = this.require(id);
		return this.register.exclusive(request, async () => {
			const before = this.register.all().filter(({ restores }) => restores?.request === id);
			const open = before.find((other) => !isSettled(other));
			if (open) return open;
			const { action, restores } = await inverseOf(request, reviewer, this.ports);
			const intent = `Put back what #${request.seq} changed.`;
			const params = { key: `revert:${id}:${before.length + 1}`, action, intent, apply: "gate" as const };
			return this.admit({ agent: OURSELVES, session: "" }, params, restores);
		});
	}

	/** One more of this session, unless too many wait; those on their way to the journal count too. */
	private async admit(identity: Identity, params: SubmitParams, restores?: Restore): Promise<Request> {
		const namespace = namespaceOf(identity);
		const coming = this.coming.get(namespace) ?? 0;
		const waiting = this.register.countWaiting(namespace) + coming;
		if (waiting >= MAX_WAITING) {
			throw new Problem(
				"too_many",
				`${waiting} requests of this session wait already. Wait for a decision before asking for more.`,
			);
		}
		this.coming.set(namespace, coming + 1);
		try {
			return await this.ask(identity, params, restores);
		} finally {
			const left = (this.coming.get(namespace) ?? 1) - 1;
			if (left > 0) this.coming.set(namespace, left);
			else this.coming.delete(namespace);
		}
	}

	private async ask(identity: Identity, params: SubmitParams, restores?: Restore): Promise<Request> {
		const { action, intent, caution } = params;
		const apply = applierOf(params);
		const actionDigest = digestOf(action);
		const known = { ...(caution === undefined ? {} : { caution }), ...(restores ? { restores } : {}) };
		const plan = await planFor({ action, apply, identity, ...known }, this.ports);
		requireApplier(apply, action);
		const [id, salt] = [this.ports.randomId(), this.ports.randomId()];
		const bound = { id, identity, apply, takesEdits: params.takesEdits ?? true, actionDigest, salt, plan };
		const request: Request = {
			...bound,
			key: params.key,
			action: spill(action, plan.targets[0]?.proposed?.sha256),
			...(intent === undefined ? {} : { intent }),
			...known,
			requestedAt: this.ports.clock.now(),
			seq: 0,
			revision: 1,
			binding: bindingOf(bound, this.ports.place.folder),
			status: "waiting",
			outcome: null,
		};
		this.ports.failpoint("request.planned");
		const details = detailsOf(request);
		request.seq = await this.ports.journal.append(requestRecord(request, details), details);
		this.ports.failpoint("request.durable");
		this.register.add(request, this.ports.clock.monotonic());
		if (plan.denial) await this.denyByRule(request);
		else if (!(plan.allowance && (await this.allowByRule(request)))) this.announce(request);
		return request;
	}

	/** Tells the people at the gate. */
	warn(message: string): void {
		this.warnings.fire(message);
	}

	get uses(): Uses {
		return this.ports.uses;
	}

	/** How many reads and logs passed since the gate was opened. */
	get passed(): number {
		return this.passedFree;
	}

	/**
	 * Where a rule that a person wrote lets it pass, nobody is asked. Looked at again first, like everything that is
	 * approved; false: it waits.
	 */
	private allowByRule(request: Request): Promise<boolean> {
		return this.register.exclusive(request, async () => {
			if (request.status !== "waiting") return false;
			const moved = await revise(request, undefined, this.ports);
			if (moved.kind === "moved") await this.takeRevision(request, moved.request);
			if (moved.kind !== "same") return false;
			const { allowance: rules } = moved.plan;
			const { clock, uses, policies } = this.ports;
			if (!rules) return false;
			const waits = this.register.refused(request, clock.now()) ?? this.unsaved(changedBy(request));
			if (waits !== undefined) {
				request.plan = { ...moved.plan, why: [waits] };
				return false;
			}
			if (!uses.take(rules, request.id, policies.inForce(), clock.now())) return false;
			await this.record(request, { status: "approved", by: byRules(rules), via: "policy" }, false, rules);
			this.changed(request);
			this.ports.failpoint("decision.durable");
			this.applySoon(request);
			return true;
		});
	}

	/** What only a pause held goes on, as if it were asked now. */
	async release(): Promise<void> {
		for (const request of this.pending()) {
			if (request.plan.why.includes(HELD)) await this.allowByRule(request);
		}
	}

	/** Where a rule that a person wrote has answered, nobody is asked. */
	private async denyByRule(request: Request): Promise<void> {
		const { denial } = request.plan;
		if (!denial) return;
		const why = { by: byRules([denial.ruleId]), reason: denial.reason };
		const isDenied = await this.denyWaiting(request, why, [denial.ruleId]);
		// The same call, made again, is judged again.
		if (isDenied) request.ticketed = false;
	}

	/** The policy's own denials; false where a decision was quicker. */
	private denyWaiting(
		request: Request,
		why: { readonly by: string; readonly reason: string },
		rules?: readonly string[],
	): Promise<boolean> {
		return this.register.exclusive(request, async () => {
			if (request.status !== "waiting") return false;
			await this.record(request, { status: "denied", ...why, via: "policy" }, false, rules);
			return true;
		});
	}

	/** Tells once more what has waited for as long as a step of the policy's ladder. */
	remind(): void {
		const { clock, policies } = this.ports;
		const waiting = this.pending().map((request) => ({
			request,
			age: this.register.millisecondsWaited(request, clock.monotonic(), clock.now()),
		}));
		const due = this.reminders.due(waiting, policies.inForce().remindAfter);
		if (due) this.reminded.fire(due);
	}

	/** Denies what nobody decided within the policy's time, and says so to the agent. Nothing else ever comes of time. */
	async expire(): Promise<void> {
		const { expireAfter } = this.ports.policies.inForce();
		if (expireAfter === null) return;
		const reason = `Nobody decided within ${expireAfter.words}. Ask again if it is still needed.`;
		for (const request of this.pending()) {
			if (this.ports.clock.now() - request.requestedAt < expireAfter.ms) continue;
			await this.denyWaiting(request, { by: "expire_after", reason });
		}
	}

	/**
	 * The end of the asking, and of the doing where the gate applies. Waits for ever; `signal` ends the waiting, never
	 * the request. An approval for the agent to act on leaves only after its INTENT is durable.
	 */
	async verdict(id: string, signal?: AbortSignal): Promise<RequestState> {
		const request = this.require(id);
		const release = this.register.attach(request);
		try {
			for (;;) {
				signal?.throwIfAborted();
				if (request.status === "approved" && !isSettled(request)) await this.proceed(request);
				if (isSettled(request) || request.outcome === "executing") return await this.tell(request);
				await this.register.change(request, signal);
			}
		} finally {
			release();
		}
	}

	/** Of an edited approval: what was left out; and an agent that applies it itself must be told the text. */
	private async tell(request: Request): Promise<RequestState> {
		const state = toState(request);
		if (!state.decision?.edited || !request.proposal) return state;
		const { blobs } = this.ports;
		const decision = { ...state.decision, ...(await rejectedHunks(request, blobs)) };
		if (request.apply !== "agent") return { ...state, decision };
		const bytes = await blobs.get(request.proposal.sha256);
		return { ...state, decision: { ...decision, content: Buffer.from(bytes).toString("utf8") } };
	}

	state(id: string): RequestState {
		return toState(this.require(id));
	}

	require(id: string): Request {
		const request = this.register.get(id);
		if (!request) throw new Problem("not_found", `There is no request ${id} at this gate.`);
		return request;
	}

	/** @throws Problem not_found for another session's request too: that it exists is none of the caller's business */
	requireOwn(id: string, identity: Identity): Request {
		const request = this.register.get(id);
		const isAnAgents = request && !request.restores;
		if (isAnAgents && namespaceOf(request.identity) === namespaceOf(identity)) return request;
		throw new Problem("not_found", `There is no request ${id} of this session.`);
	}

	/** First decision wins, over all channels; the others are told who decided. */
	decide(id: string, choice: Choice, reviewer: Reviewer): Promise<DecideResult> {
		const request = this.require(id);
		return this.register.exclusive(request, async () => {
			if (request.status !== "waiting") return this.decideAgain(request, choice, reviewer);
			if (choice.kind === "deny") {
				await this.record(request, { status: "denied", reason: choice.reason, ...reviewer });
				return { kind: "done", request };
			}
			const refusal = this.mayNotApprove(request, choice.revision, reviewer);
			if (refusal) return { kind: "refused", reason: refusal, request };
			const moved = await revise(request, choice.content, this.ports);
			if (moved.kind === "impossible") return { kind: "refused", reason: moved.reason, request };
			if (moved.kind === "moved") {
				await this.takeRevision(request, moved.request);
				return { kind: "refused", reason: moved.reason, request };
			}
			await this.record(moved.request, { status: "approved", ...reviewer }, moved.edited);
			Object.assign(request, moved.request);
			this.changed(request);
			this.ports.failpoint("decision.durable");
			this.applySoon(request);
			return { kind: "done", request };
		});
	}

	private mayNotApprove(request: Request, revision: number, reviewer: Reviewer): string | undefined {
		const { tier, targets } = request.plan;
		if (!mayApprove(reviewer.via, tier))
			return `This request is ${tier}: it cannot be approved by ${reviewer.via}. It keeps waiting.`;
		if (revision !== request.revision) {
			return `The request changed: revision ${request.revision} waits, you looked at ${revision}. Look again.`;
		}
		return this.unsaved(targets.map(({ facts }) => facts));
	}

	private unsaved(paths: readonly PathFacts[]): string | undefined {
		const dirty = paths.find(({ canonical }) => this.ports.isDirty(canonical));
		return dirty && `${dirty.canonical} has unsaved changes in the editor. Save or discard them first.`;
	}

	/** Approving once more what a crash kept from starting starts it; anything else comes too late. */
	private decideAgain(request: Request, choice: Choice, reviewer: Reviewer): DecideResult {
		if (isHeld(request) && choice.kind === "approve" && choice.content === undefined) {
			const refusal = this.mayNotApprove(request, choice.revision, reviewer);
			if (refusal) return { kind: "refused", reason: refusal, request };
			this.applySoon(request);
			return { kind: "done", request };
		}
		const { status, by, via } = request.decision ?? { status: request.status, by: "?", via: "?" };
		return { kind: "refused", reason: `Too late: ${status} by ${by} via ${via}.`, request };
	}

	private async takeRevision(request: Request, revised: Request): Promise<void> {
		const details = detailsOf(revised);
		await this.ports.journal.append(requestRecord(revised, details), details);
		Object.assign(request, revised);
		this.changed(request);
	}

	/** Makes a decision durable, then true. An edited approval carries its new bytes with it. */
	private async record(
		request: Request,
		decision: Omit<DecisionState, "time">,
		edited = false,
		rules?: readonly string[],
	): Promise<void> {
		const now = this.ports.clock.now();
		const decided: Request = {
			...request,
			status: decision.status,
			decision: { ...decision, ...(edited ? { edited } : {}), time: isoTime(now) },
			decidedAt: now,
		};
		this.ports.failpoint("decision.made");
		const took = this.register.millisecondsWaited(request, this.ports.clock.monotonic(), now);
		const details = edited ? detailsOf(decided) : undefined;
		await this.ports.journal.append(decisionRecord(decided, took, details, rules), details);
		if (!this.register.isAttached(request)) decided.ticketed = true;
		Object.assign(request, decided);
		if (decided.status !== "approved") this.changed(request);
	}

	private applySoon(request: Request): void {
		if (request.apply !== "gate") return;
		this.proceed(request).catch((error) => this.warnings.fire(`${request.id.slice(0, 8)}: ${messageOf(error)}`));
	}

	private proceed(request: Request): Promise<void> {
		return this.register.exclusive(request, () => this.effects.proceed(request));
	}

	async cancel(id: string, reason?: string): Promise<RequestState> {
		const request = this.require(id);
		return this.register.exclusive(request, async () => {
			if (request.status === "waiting") {
				const by = request.identity.agent;
				await this.record(request, { status: "cancelled", by, via: "agent", ...(reason ? { reason } : {}) });
			}
			return toState(request);
		});
	}

	/** The agent says how the action that it was allowed ended; the gate looks for itself where it can. */
	async report(id: string, outcome: "executed" | "failed", detail?: string): Promise<RequestState> {
		const request = this.require(id);
		return this.register.exclusive(request, async () => {
			await this.effects.report(request, outcome, detail);
			return toState(request);
		});
	}

	/** The agent is being sent away undecided: the same call, made again, gets this request's verdict. */
	async ticket(id: string): Promise<RequestState> {
		const request = this.require(id);
		return this.register.exclusive(request, async () => {
			if (request.status === "waiting" && !request.ticketed) {
				await this.ports.journal.append({ type: "TICKET", request: id });
				request.ticketed = true;
			}
			return toState(request);
		});
	}

	/** The verdict of a ticketed request reached its agent; the next identical call is a new request. */
	async redeemed(id: string): Promise<void> {
		const request = this.require(id);
		if (!request.ticketed || request.status === "waiting") return;
		request.ticketed = false;
		await this.ports.journal.append({ type: "TICKET", request: id, data: { redeemed: true } });
	}

	/** The request that an identical call of the same session takes up again, if one is left without an agent. */
	resumable(identity: Identity, action: Action): Request | undefined {
		return this.register.resumable(namespaceOf(identity), digestOf(action), this.ports.clock.now());
	}

	/** The call that a report is about, of an agent whose calls have no id: the oldest one running with this content. */
	running(identity: Identity, action: Action): Request | undefined {
		return this.register.running(namespaceOf(identity), action);
	}

	/** Takes over what the journal holds, and settles effects that a crash cut short. */
	async restore(requests: readonly Request[], bypasses: readonly Bypass[] = []): Promise<void> {
		this.sessions.restore(bypasses);
		for (const request of requests) this.register.add(request, undefined);
		for (const request of requests) {
			if (request.status === "waiting") await this.denyByRule(request);
		}
		for (const request of requests) {
			if (request.status === "approved" && request.outcome === "executing") {
				await this.register
					.exclusive(request, () => this.effects.recover(request))
					.catch((error) => {
						this.warnings.fire(`${request.id.slice(0, 8)} stays open: ${messageOf(error)}`);
					});
			}
		}
	}

	/** An agent has its answer before the surfaces hear of it. A person asked at one of them, which goes to it at once. */
	private announce(request: Request): void {
		if (request.restores) this.changes.fire(request);
		else this.changes.fireSoon(request);
	}

	private changed(request: Request): void {
		this.register.notify(request);
		this.changes.fire(request);
	}
}

/** A read leaves what an editor holds as it is. */
const changedBy = (request: Request) => (request.action.tool === "file_read" ? [] : factsOf(request));

function byRules(ids: readonly string[]): string {
	if (ids[0] === "free") return "free";
	return ids.length === 1 ? `rule ${ids[0]}` : `rules ${ids.join(", ")}`;
}

const applierOf = ({ action: { tool }, apply }: SubmitParams): Apply =>
	apply ?? (FILE_TOOLS.includes(tool) ? "gate" : "agent");

/** After what is wrong with the action itself was told. @throws Problem when the gate is asked to do what it cannot do */
function requireApplier(applier: Apply, { tool }: Action): void {
	if (applier === "agent" || GATE_APPLIES.includes(tool)) return;
	throw new Problem(
		"unsupported",
		`The gate cannot do a ${tool} itself. Ask with apply: "agent" and do it once it is approved.`,
	);
}

function sameAction(known: Request, actionDigest: string): Request {
	if (known.actionDigest === actionDigest) return known;
	throw new Problem(
		"conflict",
		"This key was used for another action. A new action needs a new key; the first request is unchanged.",
	);
}

function spill(action: Action, sha256: string | undefined): Action {
	if (action.tool !== "file_write" || !sha256 || action.content === undefined) return action;
	const inline =
		typeof action.content === "string" ? action.content : "base64" in action.content ? action.content.base64 : "";
	return inline.length > SPILL ? { ...action, content: { blob: sha256 } } : action;
}

import { type Deferred, deferred } from "../base/deferred.ts";
import { sha256 } from "../base/hash.ts";
import type { Action } from "../protocol/action.ts";
import { digestOf } from "./binding.ts";
import { factsOf, isRedeemable, keyOf, namespaceOf, type Request } from "./request.ts";

/** How long a person's refusal stands against a rule. Ms. */
const REMEMBERED = 60 * 60 * 1000;

/** Every request the gate knows, who waits for it, and one at a time who changes it. In memory; the journal is the truth. */
export class Register {
	private readonly requests = new Map<string, Request>();
	private readonly keys = new Map<string, Request>();
	private readonly actions = new Map<string, Request[]>();
	/** Of each namespace, what waited when it was last counted. */
	private readonly waitingIn = new Map<string, Request[]>();
	private readonly tails = new Map<string, Promise<unknown>>();
	private readonly waiters = new Map<string, Set<Deferred<void>>>();
	private readonly attached = new Map<string, number>();
	private readonly askedAt = new Map<string, number>();

	/** `monotonic`: when it was asked; undefined for what a restart found. */
	add(request: Request, monotonic: number | undefined): void {
		this.requests.set(request.id, request);
		this.keys.set(keyOf(request.identity, request.key), request);
		const namespace = namespaceOf(request.identity);
		const action = actionKey(namespace, request.actionDigest);
		this.actions.set(action, [...(this.actions.get(action) ?? []), request]);
		const waiting = this.waitingIn.get(namespace);
		if (waiting) waiting.push(request);
		else this.waitingIn.set(namespace, [request]);
		if (monotonic !== undefined) this.askedAt.set(request.id, monotonic);
	}

	all(): Request[] {
		return [...this.requests.values()];
	}

	get(id: string): Request | undefined {
		return this.requests.get(id);
	}

	byKey(key: string): Request | undefined {
		return this.keys.get(key);
	}

	/** How many requests of one agent and session wait. Costs what that session asked, not what all did. */
	countWaiting(namespace: string): number {
		const waiting = (this.waitingIn.get(namespace) ?? []).filter((request) => request.status === "waiting");
		if (waiting.length > 0) this.waitingIn.set(namespace, waiting);
		else this.waitingIn.delete(namespace);
		return waiting.length;
	}

	resumable(namespace: string, actionDigest: string, now: number): Request | undefined {
		return this.actions.get(actionKey(namespace, actionDigest))?.find((request) => {
			if (this.isAttached(request)) return false;
			if (request.status === "waiting") return true;
			if (!isRedeemable(request, now)) return false;
			if (request.status === "approved") return request.outcome === null;
			return request.ticketed === true;
		});
	}

	/** A reviewer's text counts as the content: that is what the agent was told to write. */
	running(namespace: string, action: Action): Request | undefined {
		const digest = digestOf(action);
		const written =
			action.tool === "file_write" && typeof action.content === "string" ? sha256(action.content) : undefined;
		return this.all().find((request) => {
			const isOpen = request.outcome === "executing" || (request.outcome === "unknown" && request.apply === "agent");
			if (!isOpen || namespaceOf(request.identity) !== namespace) return false;
			if (!request.proposal || !request.decision?.edited) return request.actionDigest === digest;
			const { action: asked } = request;
			const isSameFile = asked.tool === "file_write" && action.tool === "file_write" && asked.path === action.path;
			return isSameFile && request.proposal.sha256 === written;
		});
	}

	/** That a person refused the same thing not long ago, in a sentence: no rule may pass it then. */
	refused(asked: Pick<Request, "action" | "actionDigest" | "plan">, now: number): string | undefined {
		const paths = factsOf(asked).map(({ canonical }) => canonical);
		const thing = thingOf(asked);
		const before = this.all().findLast((other) => {
			if (other.status !== "denied" || other.decision?.via === "policy") return false;
			if (now - (other.decidedAt ?? 0) > REMEMBERED) return false;
			return thingOf(other) === thing || factsOf(other).some(({ canonical }) => paths.includes(canonical));
		});
		if (!before) return undefined;
		const reason = before.decision?.reason;
		return `You refused ${paths.length > 0 ? "a change of this file" : "this"} not long ago${reason ? `: ${reason}` : "."}`;
	}

	/** By the monotonic clock; over a restart, by the wall. */
	millisecondsWaited(request: Request, monotonic: number, now: number): number {
		const asked = this.askedAt.get(request.id);
		return asked === undefined ? now - request.requestedAt : monotonic - asked;
	}

	/** Runs one change of a request at a time, in order of arrival. */
	exclusive<T>(request: Request, change: () => T | Promise<T>): Promise<T> {
		const before = this.tails.get(request.id) ?? Promise.resolve();
		const result = before.then(change);
		const tail = result.catch(() => undefined);
		this.tails.set(request.id, tail);
		void tail.then(() => {
			if (this.tails.get(request.id) === tail) this.tails.delete(request.id);
		});
		return result;
	}

	/** An agent is on the line for it until the returned function is called. */
	attach(request: Request): () => void {
		this.attached.set(request.id, (this.attached.get(request.id) ?? 0) + 1);
		return () => {
			const left = (this.attached.get(request.id) ?? 1) - 1;
			if (left > 0) this.attached.set(request.id, left);
			else this.attached.delete(request.id);
		};
	}

	isAttached(request: Request): boolean {
		return this.attached.has(request.id);
	}

	/** Resolves at the request's next change; rejects when the signal aborts. */
	async change(request: Request, signal?: AbortSignal): Promise<void> {
		const waiter = deferred<void>();
		const waiters = this.waiters.get(request.id) ?? new Set();
		this.waiters.set(request.id, waiters.add(waiter));
		const abort = () => waiter.reject(signal?.reason);
		signal?.addEventListener("abort", abort, { once: true });
		try {
			await waiter.promise;
		} finally {
			signal?.removeEventListener("abort", abort);
			waiters.delete(waiter);
			if (waiters.size === 0) this.waiters.delete(request.id);
		}
	}

	notify(request: Request): void {
		for (const waiter of [...(this.waiters.get(request.id) ?? [])]) waiter.resolve();
	}
}

/** What is asked, however it is written: the same words in the same folder are the same command. */
function thingOf({ action, actionDigest, plan }: Pick<Request, "action" | "actionDigest" | "plan">): string {
	if (action.tool === "api_call") return `${action.method.toUpperCase()} ${action.url}`;
	if (action.tool !== "shell_execute") return actionDigest;
	const words = (action.command ?? action.argv?.join(" ") ?? "").replace(/["'\\]/g, "").split(/\s+/);
	return `${plan.cwd}\n${words.filter(Boolean).join(" ")}`;
}

const actionKey = (namespace: string, digest: string) => `${digest} ${namespace}`;

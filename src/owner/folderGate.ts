import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { Emitter } from "../base/emitter.ts";
import { messageOf } from "../base/errors.ts";
import { oneByOne } from "../base/oneByOne.ts";
import type { Choice, DecideResult, GateDoor, PolicyDoor, Reviewer } from "../core/gateTypes.ts";
import type { PolicyView } from "../core/policy/policyView.ts";
import type { Reminder } from "../core/reminders.ts";
import { replay, unseenBypasses } from "../core/replay.ts";
import type { Request } from "../core/request.ts";
import type { Bypass, Session } from "../core/sessions.ts";
import { Problem } from "../protocol/problem.ts";
import { realDisk } from "../store/disk.ts";
import { markOf, NO_FILE } from "../store/fileMark.ts";
import { folderIdOf, openHome } from "../store/home.ts";
import { type Holder, LockedError } from "../store/lock.ts";
import { readJournal } from "../store/readJournal.ts";
import { endWish, readWish, type Wish, wishFor } from "../store/takeOver.ts";
import { type OwnedFolder, type OwnOptions, ownFolder } from "./ownFolder.ts";

/** Who holds the gate of a folder, as this process knows it. */
export type Settled =
	| { readonly kind: "ours"; readonly owned: OwnedFolder }
	/** The queue is read from the journal; nothing can be decided here. `asked`: we wait for the owner's answer. */
	| { readonly kind: "theirs"; readonly holder: Holder; readonly asked: boolean }
	/** Nobody holds it, and it cannot be opened: agents are refused. */
	| { readonly kind: "nobody"; readonly reason: string };

/** `opening`: the first attempt has not ended, and there is nothing to tell yet. */
type Hold = Settled | { readonly kind: "opening" };

export interface FolderGateOptions extends OwnOptions {
	/** Whether another process may have the gate that we own. Asked once for each wish. */
	readonly mayHandOver: (wish: Wish) => Promise<boolean>;
}

/** How soon a wish, a dead owner and a new record are seen. Ms. */
const LOOK_EVERY = 250;
/** A gate that could not be opened is tried again so often. Ms. */
const RETRY_EVERY = 5000;

/**
 * The gate of one folder over time: ours, another process's, ours again. Handing over and dying are the same path:
 * the lock becomes free and the next owner rebuilds the queue from the journal. Surfaces keep this one object.
 */
export class FolderGate implements GateDoor, PolicyDoor {
	private readonly options: FolderGateOptions;
	private readonly folderId: string;
	private readonly changes = new Emitter<Request>();
	private readonly warnings = new Emitter<string>();
	private readonly holds = new Emitter<Settled>();
	private readonly hearings = new Emitter<void>();
	private readonly policyChanges = new Emitter<void>();
	private readonly reminders = new Emitter<Reminder>();
	private current: Hold = { kind: "opening" };
	private seen: readonly Request[] = [];
	private seenBypasses: readonly Bypass[] = [];
	private seenMark = NO_FILE;
	private timer: NodeJS.Timeout | undefined;
	private closed = false;
	private openedAt = 0;
	private answering = false;
	/** One change of hands at a time. */
	private readonly exclusively = oneByOne();
	readonly onDidChange = this.changes.event;
	readonly onDidWarn = this.warnings.event;
	readonly onDidRemind = this.reminders.event;
	readonly onDidChangeHold = this.holds.event;
	/** Of `sessions` or `bypasses`. */
	readonly onDidHear = this.hearings.event;
	/** Of what `policy` says, but for the counts. */
	readonly onDidChangePolicy = this.policyChanges.event;

	constructor(options: FolderGateOptions) {
		this.options = options;
		this.folderId = folderIdOf(options.workspace);
	}

	get workspace(): string {
		return this.options.workspace;
	}

	get hold(): Hold {
		return this.current;
	}

	pending(): readonly Request[] {
		if (this.current.kind === "ours") return this.current.owned.gate.pending();
		return this.seen.filter((request) => request.status === "waiting");
	}

	history(): readonly Request[] {
		if (this.current.kind === "ours") return this.current.owned.gate.history();
		return this.seen.filter((request) => request.status !== "waiting");
	}

	find(id: string): Request | undefined {
		if (this.current.kind === "ours") return this.current.owned.gate.register.get(id);
		return this.seen.find((request) => request.id === id);
	}

	/** The agents' sessions that this process heard, latest first; those of another's gate are not known here. */
	sessions(): readonly Session[] {
		return this.current.kind === "ours" ? this.current.owned.gate.sessions.all() : [];
	}

	/** What went round the gate and no person has acknowledged, oldest first. */
	bypasses(): readonly Bypass[] {
		return this.current.kind === "ours" ? this.current.owned.gate.sessions.bypasses() : this.seenBypasses;
	}

	/** @param bypasses the oldest ones; a person has seen them */
	acknowledge(bypasses: readonly Bypass[], reviewer: Reviewer): Promise<void> {
		if (bypasses.length === 0) return Promise.resolve();
		if (this.current.kind === "ours") return this.current.owned.gate.sessions.acknowledge(bypasses, reviewer);
		return Promise.reject(new Problem("unavailable", notOurs(this.current)));
	}

	/** What holds, and what passed by it; undefined: this process does not hold the gate. */
	policy(): PolicyView | undefined {
		if (this.current.kind !== "ours") return undefined;
		const { gate, policy } = this.current.owned;
		return {
			...policy.current,
			isPaused: policy.paused,
			passed: gate.passed,
			since: this.openedAt,
			count: (ruleId) => gate.uses.count(ruleId),
			lastUsed: (ruleId) => gate.uses.lastUsed(ruleId),
		};
	}

	/** What waits to be adopted, by the digest of the text that the person has read. @throws Problem */
	adopt(sha256: string, reviewer: Reviewer): Promise<void> {
		return this.ours().policy.adopt(sha256, reviewer);
	}

	/** The user's own policy, as a person wants it: they have seen `before`, and what `text` changes. @throws Problem */
	writePolicy(before: string, text: string, what: string, reviewer: Reviewer): Promise<void> {
		return this.ours().policy.write(before, text, what, reviewer);
	}

	/** A person has looked at what somebody changed of the files that the gate stands on. */
	acknowledgeDrift(paths: readonly string[], reviewer: Reviewer): Promise<void> {
		return this.ours().policy.acknowledgeDrift(paths, reviewer);
	}

	/** Everything waits, reads too, until it is resumed. */
	async pause(reviewer: Reviewer): Promise<void> {
		await this.ours().policy.pause(reviewer);
	}

	async resume(reviewer: Reviewer): Promise<void> {
		const { policy, gate } = this.ours();
		await policy.resume(reviewer);
		await gate.release();
	}

	private ours(): OwnedFolder {
		if (this.current.kind === "ours") return this.current.owned;
		throw new Problem("unavailable", notOurs(this.current));
	}

	decide(id: string, choice: Choice, reviewer: Reviewer): Promise<DecideResult> {
		if (this.current.kind === "ours") return this.current.owned.gate.decide(id, choice, reviewer);
		return Promise.reject(new Problem("unavailable", `Nothing was decided. ${notOurs(this.current)}`));
	}

	/** @throws Problem when there is nothing to put back, or this process does not hold the gate */
	async revert(id: string, reviewer: Reviewer): Promise<Request> {
		return this.ours().gate.revert(id, reviewer);
	}

	/** Owns the folder or fails. @throws LockedError when another process owns it */
	async own(): Promise<OwnedFolder> {
		const owned = await this.exclusively(() => this.takeLock());
		this.look();
		return owned;
	}

	/** Owns the folder if it is free, else watches it; never throws. From `serve` an editor takes it at once. */
	async start(): Promise<void> {
		try {
			await this.exclusively(() => this.tryOwn());
			if (this.current.kind === "theirs" && this.current.holder.owner === "serve") await this.takeOver();
		} catch (error) {
			this.warnings.fire(messageOf(error));
		}
		this.look();
	}

	/** Asks the owner to let go. It says yes by freeing the lock, no by taking the wish away. */
	async takeOver(): Promise<void> {
		await this.exclusively(async () => {
			if (this.current.kind !== "theirs") return;
			await wishFor(realDisk, this.options.home.run, this.folderId, this.options.owner);
			this.become({ ...this.current, asked: true });
		});
	}

	/** Leaves everything that waits in the journal. */
	async close(): Promise<void> {
		this.closed = true;
		clearTimeout(this.timer);
		await this.exclusively(async () => {
			if (this.current.kind === "ours") await this.current.owned.close();
			if (this.current.kind === "theirs" && this.current.asked) await this.endWish();
			this.current = { kind: "nobody", reason: "The gate is closed." };
		});
	}

	private look(): void {
		if (this.closed) return;
		const pause = this.current.kind === "nobody" ? RETRY_EVERY : LOOK_EVERY;
		this.timer = setTimeout(() => {
			void this.exclusively(() => this.lookOnce())
				.catch((error) => this.warnings.fire(messageOf(error)))
				.then(() => this.look());
		}, pause);
		this.timer.unref();
	}

	private async lookOnce(): Promise<void> {
		if (this.closed) return;
		if (this.current.kind === "ours") return this.heedWish();
		if (this.current.kind === "theirs") {
			await this.readTheirs();
			if (this.current.asked && !(await this.readWish())) this.become({ ...this.current, asked: false });
		}
		if (await this.isOurTurn()) await this.tryOwn();
	}

	/** Whoever asked goes first: the one that gave the gate away does not snatch it back. */
	private async isOurTurn(): Promise<boolean> {
		const wish = await this.readWish();
		return wish === undefined || wish.pid === process.pid;
	}

	/** The answer may be a person's, who takes their time: everything else goes on meanwhile. */
	private async heedWish(): Promise<void> {
		const wish = await this.readWish();
		if (!wish || wish.pid === process.pid || this.answering) return;
		this.answering = true;
		void this.options
			.mayHandOver(wish)
			.catch(() => false)
			.then((yes) => this.exclusively(() => (yes ? this.handOver(wish) : this.endWish())))
			.catch((error) => this.warnings.fire(messageOf(error)))
			.finally(() => {
				this.answering = false;
			});
	}

	/** To the one that was asked about, and to nobody who came meanwhile. */
	private async handOver(asked: Wish): Promise<void> {
		const wish = await this.readWish();
		if (this.closed || this.current.kind !== "ours") return;
		if (wish?.pid !== asked.pid || wish.startTime !== asked.startTime) return;
		await this.current.owned.handOver(`${wish.owner}, process ${wish.pid}`);
		this.become({ kind: "theirs", holder: { ...wish, instance: "" }, asked: false });
		await this.readTheirs();
	}

	private async tryOwn(): Promise<void> {
		try {
			await this.takeLock();
		} catch (error) {
			if (error instanceof LockedError) {
				if (this.current.kind !== "theirs" || this.current.holder.instance !== error.holder.instance) {
					this.become({ kind: "theirs", holder: error.holder, asked: false });
				}
				await this.readTheirs();
			} else if (this.current.kind !== "nobody" || this.current.reason !== messageOf(error)) {
				this.become({ kind: "nobody", reason: messageOf(error) });
			}
		}
	}

	private async takeLock(): Promise<OwnedFolder> {
		await openHome(realDisk, this.options.home);
		const owned = await ownFolder(this.options);
		owned.gate.onDidChange((request) => this.changes.fire(request));
		owned.gate.onDidWarn((message) => this.warnings.fire(message));
		owned.gate.sessions.onDidChange(() => this.hearings.fire());
		owned.gate.onDidRemind((reminder) => this.reminders.fire(reminder));
		owned.policy.onDidChange(() => this.policyChanges.fire());
		const wish = await this.readWish();
		if (wish?.pid === process.pid) await this.endWish();
		this.seen = [];
		this.seenBypasses = [];
		this.seenMark = NO_FILE;
		this.openedAt = systemClock.now();
		this.become({ kind: "ours", owned });
		return owned;
	}

	private become(hold: Settled): void {
		this.current = hold;
		this.holds.fire(hold);
	}

	/** The queue of a gate that another process owns, when its journal has grown. */
	private async readTheirs(): Promise<void> {
		const { home, workspace } = this.options;
		const mark = markOf(realDisk, join(home.journal, this.folderId, "journal.jsonl"));
		if (mark === this.seenMark) return;
		const { records, details, flaw } = await readJournal(home, workspace);
		if (flaw) this.warnings.fire(`The journal of ${workspace} cannot be read to its end: ${flaw}`);
		const before = new Map(this.seen.map((request) => [request.id, request]));
		this.seen = replay(records, details).requests;
		this.seenBypasses = unseenBypasses(records);
		this.hearings.fire();
		this.seenMark = mark;
		for (const request of this.seen) {
			const known = before.get(request.id);
			if (!known || stateOf(known) !== stateOf(request)) this.changes.fire(request);
		}
	}

	private readWish(): Promise<Wish | undefined> {
		return readWish(realDisk, this.options.home.run, this.folderId);
	}

	private endWish(): Promise<void> {
		return endWish(realDisk, this.options.home.run, this.folderId);
	}
}

/** Why nothing can be decided here, for a person. */
export function notOurs(hold: Exclude<Hold, { kind: "ours" }>): string {
	if (hold.kind === "opening") return "This folder's gate is being opened.";
	if (hold.kind === "nobody") return `This folder has no gate: ${hold.reason}`;
	const { owner, pid } = hold.holder;
	return `Another ${owner === "editor" ? "window" : "countersign serve"} (process ${pid}) holds this folder's gate.`;
}

const stateOf = ({ revision, status, outcome }: Request) => `${revision} ${status} ${outcome}`;

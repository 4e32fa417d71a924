import { Emitter, type Event } from "../base/emitter.ts";
import { messageOf } from "../base/errors.ts";
import { sha256 } from "../base/hash.ts";
import { oneByOne } from "../base/oneByOne.ts";
import type { AuditRecord, Draft } from "../core/audit/record.ts";
import type { Reviewer } from "../core/gateTypes.ts";
import type { AllowRule } from "../core/policy/allowRules.ts";
import { DEFAULT_POLICY } from "../core/policy/defaultPolicy.ts";
import { loosenings } from "../core/policy/loosening.ts";
import { parsePolicy } from "../core/policy/parsePolicy.ts";
import { ASK_EVERYTHING, type Origin, type Policy } from "../core/policy/policy.ts";
import type { PolicyState, Proposal } from "../core/policy/policyView.ts";
import { tightest, whileWaiting } from "../core/policy/tightest.ts";
import type { PolicyPort } from "../core/ports.ts";
import { Problem } from "../protocol/problem.ts";
import type { PolicyFiles, PolicyTexts } from "../store/policyFiles.ts";
import type { Vouched } from "./vouched.ts";

interface KeeperOptions {
	readonly files: PolicyFiles;
	readonly vouched: Vouched;
	readonly workspace: string;
	/** Of the folder's journal, up to now. */
	readonly records: readonly AuditRecord[];
	readonly append: (draft: Draft) => Promise<void>;
	readonly warn: (message: string) => void;
}

/** Ms. */
const CONFIRM = 300;
/** Of a DRIFT record: from the first one on a file counts as changed, over restarts too, until the second. */
const CHANGED = "changed outside the gate; no rule allows anything";
const SEEN = "seen";

/**
 * Which policy holds. What tightens it holds at once, whoever wrote it; what loosens it waits until a person has adopted
 * the very text. An invalid file changes nothing; with no good one at all, everything asks.
 */
export class PolicyKeeper implements PolicyPort {
	private readonly options: KeeperOptions;
	private readonly changes = new Emitter<void>();
	private state: PolicyState = { inForce: ASK_EVERYTHING, allows: [], proposals: [], problems: [], drifted: [] };
	private isPaused: boolean;
	/** How the files looked when they were read last: the policies, and with them what is vouched for. */
	private seenPolicies = "";
	private seenMark = "";
	/** The last look failed: the next one tries again, whatever the files look like. */
	private failed = false;
	/** One change of what holds at a time. */
	private readonly exclusively = oneByOne();
	private confirming: NodeJS.Timeout | undefined;
	/** Files that were seen changed for a while: they count as such until a person has looked, also when they are as before. */
	private readonly confirmed = new Set<string>();
	/** What was put on record already, so that a file that lies there changed is one record. */
	private readonly told = new Set<string>();
	readonly onDidChange: Event<void> = this.changes.event;

	private constructor(options: KeeperOptions) {
		this.options = options;
		const last = options.records.findLast(({ type, data }) => type === "POLICY" && data?.paused !== undefined);
		this.isPaused = last?.data?.paused === true;
		for (const { type, target, summary } of options.records) {
			if (type !== "DRIFT" || target === undefined) continue;
			if (summary === CHANGED) this.confirmed.add(target);
			else if (summary === SEEN) this.confirmed.delete(target);
		}
	}

	static async open(options: KeeperOptions): Promise<PolicyKeeper> {
		const keeper = new PolicyKeeper(options);
		await keeper.begin();
		await keeper.refresh();
		await keeper.putOnRecord();
		return keeper;
	}

	close(): void {
		clearTimeout(this.confirming);
	}

	/** The first policy that is ever seen is adopted as it is; one that is gone comes back as it was adopted. */
	private async begin(): Promise<void> {
		const { files, records, warn, workspace } = this.options;
		const { user, adopted } = await files.read();
		if (user === undefined) {
			await files.writeUser(adopted ?? DEFAULT_POLICY);
			if (adopted !== undefined) warn(`${files.user} was gone; it was written again as it was adopted last.`);
		}
		const text = user ?? adopted ?? DEFAULT_POLICY;
		const isFirst = adopted === undefined && (await files.isFresh()) && !records.some(({ type }) => type === "POLICY");
		if (isFirst && "policy" in parsePolicy(text, workspace)) await files.adopt("user", text);
	}

	inForce(): Policy {
		return this.state.inForce;
	}

	get current(): PolicyState {
		return this.state;
	}

	get paused(): boolean {
		return this.isPaused;
	}

	/**
	 * Before every request that is not free, so without looking at the many files that a person has vouched for while there
	 * is no rule that a change of them could turn off: `look` does.
	 */
	async refresh(): Promise<void> {
		const isQuick = this.state.allows.length === 0 && !this.failed;
		if (isQuick && this.options.files.mark() === this.seenPolicies) return;
		await this.look();
	}

	/** At the policies and at everything that is vouched for. */
	async look(): Promise<void> {
		if (this.failed) this.seenMark = "";
		if (this.mark() === this.seenMark) return;
		await this.exclusively(() => this.load());
		// It may have changed while it was read.
		if (!this.failed && this.mark() !== this.seenMark) await this.exclusively(() => this.load());
	}

	private mark(): string {
		const { files, vouched } = this.options;
		return files.mark(vouched.paths());
	}

	private async load(): Promise<void> {
		const { files, vouched, warn } = this.options;
		const [policies, mark] = [files.mark(), this.mark()];
		this.failed = false;
		try {
			const texts = await files.read();
			const found = this.judge(texts);
			const changed = await vouched.drifted();
			this.become({ ...found, drifted: [...new Set([...this.confirmed, ...changed])] });
			const isSame = this.mark() === mark;
			[this.seenPolicies, this.seenMark] = isSame ? [policies, mark] : ["", ""];
			if (found.adopts !== undefined) await this.adoptTightened(found.adopts, texts);
		} catch (error) {
			// What cannot be read cannot be trusted to allow anything.
			this.become({ ...this.state, inForce: { ...this.state.inForce, allows: [] } });
			this.failed = true;
			this.tell(`The policy could not be read anew: ${messageOf(error)}. Until it can, no rule allows anything.`, warn);
		}
		this.confirmSoon();
	}

	/** What we or another window write takes a moment until it all fits together: only what stays so is told. */
	private confirmSoon(): void {
		const { proposals, problems, drifted } = this.state;
		if (proposals.length + problems.length + drifted.length === 0) return;
		clearTimeout(this.confirming);
		this.confirming = setTimeout(() => {
			this.exclusively(() => this.putOnRecord()).catch((error) => this.options.warn(messageOf(error)));
		}, CONFIRM);
		this.confirming.unref();
	}

	private judge(texts: PolicyTexts): Found {
		const { files, workspace } = this.options;
		const problems = [...texts.unread];
		const read: Read = (text, path, origin) => {
			if (text === undefined) return undefined;
			const result = parsePolicy(text, workspace, origin);
			if ("policy" in result) return result.policy;
			for (const { line, message, remedy } of result.errors) problems.push(`${path}:${line}: ${message}. ${remedy}`);
			return undefined;
		};
		const proposals: Proposal[] = [];
		const mine = this.userPolicy(texts, read, proposals);
		if (texts.user !== texts.adopted && proposals.length === 0 && mine.adopts === undefined) {
			problems.push(
				mine.policy === ASK_EVERYTHING
					? "Until the file is right, everything asks, reads too."
					: "The last good policy stays in force.",
			);
		}
		const repository = this.repositoryPolicy(texts, read, proposals);
		const managed = read(texts.managed, files.managed, "managed");
		const others = [repository, managed].filter((policy) => policy !== undefined);
		const isLocked = texts.managed !== undefined || texts.unread.some((why) => why.startsWith(files.managed));
		if (isLocked && !managed) others.push(ASK_EVERYTHING);
		const inForce = tightest(mine.policy, ...others);
		return { inForce, allows: mine.allows, proposals, problems, adopts: mine.adopts };
	}

	/** As it was adopted; with what a change of it tightens; or, when nothing in it loosens, as it is. */
	private userPolicy(
		{ user: text, adopted: before }: PolicyTexts,
		read: Read,
		proposals: Proposal[],
	): { readonly policy: Policy; readonly allows: readonly AllowRule[]; readonly adopts: string | undefined } {
		const { files, workspace } = this.options;
		const parsed = before === undefined ? undefined : parsePolicy(before, workspace);
		const adopted = parsed && "policy" in parsed ? parsed.policy : ASK_EVERYTHING;
		const { allows } = adopted;
		if (text === before) return { policy: adopted, allows, adopts: undefined };
		if (text === undefined) {
			proposals.push(proposalOf("user", files.user, text, before, ["your policy is gone"]));
			return { policy: { ...adopted, allows: [] }, allows, adopts: undefined };
		}
		const proposed = read(text, files.user, "user");
		if (!proposed) return { policy: adopted, allows, adopts: undefined };
		const loosens = loosenings(adopted, proposed);
		if (loosens.length === 0) return { policy: proposed, allows: proposed.allows, adopts: text };
		proposals.push(proposalOf("user", files.user, text, before, loosens));
		return { policy: whileWaiting(adopted, proposed), allows, adopts: undefined };
	}

	/** The repository's file holds as it was adopted, to the byte; any other text is a proposal. */
	private repositoryPolicy(
		{ repository: text, adoptedRepository: adopted }: PolicyTexts,
		read: Read,
		proposals: Proposal[],
	): Policy | undefined {
		const path = this.options.files.repository;
		const found = read(text, path, "repository");
		if (text === adopted) return found;
		const before = read(adopted, path, "repository");
		const loosens = found && before ? loosenings(before, found) : text === undefined ? ["it is gone"] : [];
		if (found || text === undefined) proposals.push(proposalOf("repository", path, text, adopted, loosens));
		return before;
	}

	private become(found: Omit<PolicyState, "inForce"> & { readonly inForce: Policy }): void {
		const { inForce, allows, proposals, problems, drifted } = found;
		const held = drifted.length > 0 ? { ...inForce, allows: [] } : inForce;
		this.state = {
			inForce: this.isPaused ? { ...held, isPaused: true } : withoutPause(held),
			allows,
			proposals,
			problems,
			drifted,
		};
		this.changes.fire();
	}

	/** Nothing of it needs a person; a crash before it is written finds the same text again. */
	private async adoptTightened(text: string, { adopted }: PolicyTexts): Promise<void> {
		const { files, append } = this.options;
		await files.adopt("user", text);
		[this.seenPolicies, this.seenMark] = [files.mark(), this.mark()];
		if (adopted === undefined) return;
		await append({ type: "POLICY", summary: "nothing in it loosens; in force", data: { policy: sha256(text) } });
	}

	private async putOnRecord(): Promise<void> {
		const { append, warn } = this.options;
		const { proposals, problems, drifted } = this.state;
		for (const problem of problems) this.tell(problem, warn);
		for (const { origin, path, sha256: hash, loosens } of proposals) {
			const key = `${path} ${hash}`;
			if (this.told.has(key)) continue;
			this.told.add(key);
			const data = { origin, policy: hash, loosens: [...loosens] };
			await append({ type: "DRIFT", target: path, summary: "a policy waits to be adopted", data });
			warn(
				origin === "user"
					? `${path} was changed so that it lets more through: ${loosens.join("; ")}. It holds once a person has adopted it; until then no rule allows anything.`
					: `${path} is not in force: a person has to adopt it first.`,
			);
		}
		for (const path of drifted) {
			if (this.confirmed.has(path)) continue;
			this.confirmed.add(path);
			await append({ type: "DRIFT", target: path, summary: CHANGED });
			warn(`${path} was changed outside the gate. Until a person has looked at it, no rule allows anything.`);
		}
	}

	private tell(message: string, warn: (message: string) => void): void {
		if (this.told.has(message)) return;
		this.told.add(message);
		warn(message);
	}

	/** @param sha256 of the text that the person has read @throws Problem when it is not what waits any more */
	async adopt(sha256: string, reviewer: Reviewer): Promise<void> {
		await this.refresh();
		await this.exclusively(() => this.adoptOnce(sha256, reviewer));
		await this.refresh();
	}

	private async adoptOnce(sha256: string, reviewer: Reviewer): Promise<void> {
		const proposal = this.state.proposals.find((one) => one.sha256 === sha256);
		if (!proposal) throw new Problem("conflict", "The file changed again after it was shown. Look at it once more.");
		const { origin, path, text, loosens } = proposal;
		const data = { origin, policy: sha256, loosens: [...loosens], adopted: true };
		await this.options.append({ type: "POLICY", target: path, summary: "adopted", ...reviewer, data });
		await this.options.files.adopt(origin, text);
		if (origin === "user" && text === undefined) await this.begin();
	}

	/**
	 * Writes the user's own file for a person who has said exactly what changes, and adopts it.
	 * @param before the text that they saw @throws Problem when the file is another one by now
	 */
	async write(before: string, text: string, what: string, reviewer: Reviewer): Promise<void> {
		await this.refresh();
		await this.exclusively(() => this.writeOnce(before, text, what, reviewer));
		await this.refresh();
	}

	private async writeOnce(before: string, text: string, what: string, reviewer: Reviewer): Promise<void> {
		const { files, append, workspace } = this.options;
		if (this.state.proposals.some(({ origin }) => origin === "user")) {
			throw new Problem("conflict", "The policy was changed outside and waits to be adopted. Do that first.");
		}
		const { user } = await files.read();
		if (user !== before)
			throw new Problem("conflict", `${files.user} changed just now. Nothing was written; try again.`);
		const parsed = parsePolicy(text, workspace);
		if ("errors" in parsed) {
			const [error] = parsed.errors;
			throw new Problem("bad_request", `${files.user}:${error?.line}: ${error?.message}. ${error?.remedy}`);
		}
		const data = { origin: "user", policy: sha256(text), adopted: true };
		await append({ type: "POLICY", target: files.user, summary: what.slice(0, 500), ...reviewer, data });
		await files.writeUser(text);
		await files.adopt("user", text);
	}

	/** A person has looked at what was changed outside. */
	async acknowledgeDrift(paths: readonly string[], reviewer: Reviewer): Promise<void> {
		const { append, vouched } = this.options;
		for (const target of paths) await append({ type: "DRIFT", target, summary: SEEN, ...reviewer });
		await vouched.vouchFor(paths);
		for (const path of paths) this.confirmed.delete(path);
		this.seenMark = "";
		await this.look();
	}

	/** Everything waits, reads too, until it is resumed; also over a restart. */
	pause(reviewer: Reviewer): Promise<void> {
		return this.setPaused(true, reviewer);
	}

	resume(reviewer: Reviewer): Promise<void> {
		return this.setPaused(false, reviewer);
	}

	private async setPaused(paused: boolean, reviewer: Reviewer): Promise<void> {
		if (paused === this.isPaused) return;
		// What holds comes before its record, what lets go after it.
		if (paused) this.takePause(true);
		const summary = paused ? "paused: everything waits" : "resumed";
		await this.options.append({ type: "POLICY", summary, ...reviewer, data: { paused } });
		this.takePause(paused);
	}

	private takePause(paused: boolean): void {
		this.isPaused = paused;
		this.become(this.state);
	}
}

/** Undefined: there is none, or it is not valid; then what is wrong was noted. */
type Read = (text: string | undefined, path: string, origin: Origin) => Policy | undefined;

interface Found {
	readonly inForce: Policy;
	readonly allows: readonly AllowRule[];
	readonly proposals: readonly Proposal[];
	readonly problems: readonly string[];
	/** The text of the user's file, when nothing in it loosens. */
	readonly adopts: string | undefined;
}

function withoutPause(policy: Policy): Policy {
	const { isPaused: _, ...rest } = policy;
	return rest;
}

function proposalOf(
	origin: Proposal["origin"],
	path: string,
	text: string | undefined,
	adopted: string | undefined,
	loosens: readonly string[],
): Proposal {
	return { origin, path, text, adopted, sha256: sha256(text ?? ""), loosens };
}

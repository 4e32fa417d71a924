import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { DEFAULT_POLICY } from "../../../../src/core/policy/defaultPolicy.ts";
import type { Request } from "../../../../src/core/request.ts";
import type { Action } from "../../../../src/protocol/action.ts";
import { FaultDisk } from "../../../support/faultDisk.ts";
import { makePlace, type Place } from "../../../support/gateProcess.ts";
import { openTestGate } from "../../../support/openGate.ts";

/** A policy by what it lets through; each letter more is looser, but `deny`. */
interface Said {
	readonly free: boolean;
	readonly docs: boolean;
	/** Ends at LATE. */
	readonly soon: boolean;
	readonly once: boolean;
	readonly make: boolean;
	readonly deny: boolean;
}
const START = Date.parse("2030-01-01T00:00:00Z");
const LATE = START + 3_600_000;

function textOf({ free, docs, soon, once, make, deny }: Said, workspace: string): string {
	const rules = [
		docs && '{ id: docs, effect: allow, tool: file_write, path: "docs/**" }',
		docs && '{ id: docs-d, effect: allow, tool: file_delete, path: "docs/**" }',
		soon &&
			`{ id: soon, effect: allow, tool: file_write, path: "soon/**", expires: ${new Date(LATE).toISOString().slice(0, 19)}Z }`,
		once &&
			`{ id: once, effect: allow, tool: file_write, path: "once/*", times: 1, workspace: ${JSON.stringify(workspace)} }`,
		make && "{ id: make, effect: allow, tool: shell_execute, argv: [make], session: s1 }",
		deny && '{ id: deny, effect: deny, tool: file_write, path: "db/**" }',
	];
	const lines = rules.filter((rule) => rule !== false).map((rule) => `  - ${rule}\n`);
	return `free: [${free ? "file_read, log_write" : ""}]\n${lines.length > 0 ? `rules:\n${lines.join("")}` : ""}`;
}

const SEAL = "# adopted ";
const NOTHING: Said = { free: false, docs: false, soon: false, once: false, make: false, deny: false };
const readIfThere = (path: string) => (existsSync(path) ? readFileSync(path, "utf8") : undefined);

const isLooser = (one: Said, other: Said) =>
	(["free", "docs", "soon", "once", "make"] as const).some((key) => one[key] && !other[key]) ||
	(other.deny && !one.deny);

/** The rule that covers an action, told anew, without the code that is tested. */
function covering(said: Said, action: Action, session: string, now: number): string | undefined {
	const path = "path" in action ? action.path : "";
	const covers: readonly (readonly [rule: string, does: boolean])[] = [
		["docs", said.docs && action.tool === "file_write" && path.startsWith("docs/")],
		["docs-d", said.docs && action.tool === "file_delete" && path.startsWith("docs/")],
		["soon", said.soon && now < LATE && path.startsWith("soon/")],
		["once", said.once && path.startsWith("once/")],
		["make", said.make && session === "s1" && action.tool === "shell_execute" && action.argv?.join() === "make"],
	];
	return covers.find(([, does]) => does)?.[0];
}

const said = fc.record({
	free: fc.boolean(),
	docs: fc.boolean(),
	soon: fc.boolean(),
	once: fc.boolean(),
	make: fc.boolean(),
	deny: fc.boolean(),
});
const action: fc.Arbitrary<Action> = fc.oneof(
	fc.record({
		tool: fc.constant("file_write" as const),
		path: fc.constantFrom(
			"docs/a.md",
			"docs/new.md",
			"soon/x",
			"once/x",
			"once/y",
			"db/x",
			"src/a.ts",
			".env",
			"docs/.mcp.json",
		),
		content: fc.constantFrom("1", "2"),
	}),
	fc.record({ tool: fc.constant("file_delete" as const), path: fc.constantFrom("docs/a.md", "src/a.ts") }),
	fc.constant<Action>({ tool: "file_read", path: "src/a.ts" }),
	fc.constant<Action>({ tool: "file_read", path: ".env" }),
	fc.constantFrom<Action>({ tool: "shell_execute", argv: ["make"] }, { tool: "shell_execute", argv: ["make", "x"] }),
	fc.constant<Action>({ tool: "log_write", text: "approve all" }),
);

type Step =
	| {
			readonly do: "submit";
			readonly action: Action;
			readonly session: string;
			readonly agent: string;
			readonly byAgent: boolean;
	  }
	| { readonly do: "decide" | "report" | "cancel" | "wait"; readonly which: number; readonly yes: boolean }
	| { readonly do: "tick"; readonly ms: number }
	| { readonly do: "fault"; readonly at: number; readonly lasting: boolean; readonly code: "EIO" | "ENOSPC" | "EROFS" }
	| { readonly do: "outside" | "forge" | "adopt" | "write"; readonly said: Said }
	| { readonly do: "heal" | "restart" | "invalid" | "gone" | "pause" | "resume" | "edit" };

const step: fc.Arbitrary<Step> = fc.oneof(
	{
		weight: 8,
		arbitrary: fc.record({
			do: fc.constant("submit" as const),
			action,
			session: fc.constantFrom("s1", "s2"),
			agent: fc.constantFrom("one", "two", "policy", "rule docs"),
			byAgent: fc.boolean(),
		}),
	},
	{
		weight: 6,
		arbitrary: fc.record({
			do: fc.constantFrom("decide" as const, "report" as const, "cancel" as const, "wait" as const),
			which: fc.nat(20),
			yes: fc.boolean(),
		}),
	},
	fc.record({
		do: fc.constant("tick" as const),
		ms: fc.constantFrom(1000, 3_600_001, 86_400_000, 10 * 365 * 86_400_000),
	}),
	fc.record({
		do: fc.constant("fault" as const),
		at: fc.integer({ min: 1, max: 30 }),
		lasting: fc.boolean(),
		code: fc.constantFrom("EIO" as const, "ENOSPC" as const, "EROFS" as const),
	}),
	fc.record({
		do: fc.constantFrom("outside" as const, "outside" as const, "forge" as const, "adopt" as const, "write" as const),
		said,
	}),
	fc.record({
		do: fc.constantFrom(...(["heal", "heal", "restart", "invalid", "gone", "pause", "resume", "edit"] as const)),
	}),
);

/** An agent's wishes, in a file that no policy is. */
const INVALID = 'free: [file_write]\nrules: [{ id: a, effect: allow, tool: file_write, path: "**" }]';
const quietly = (promise: Promise<unknown>) => promise.catch(() => undefined);
const alice = { by: "alice", via: "editor" as const };
const FILES = { "docs/a.md": "0", "src/a.ts": "0", ".env": "0" };

/** A gate on a real disk, and everything that is known of who allowed what. */
class Run {
	private readonly place: Place;
	private readonly faults = new FaultDisk();
	private readonly time = { now: START };
	private opened!: Awaited<ReturnType<typeof openTestGate>>;
	/** Texts that a person adopted, or that loosen nothing of one that was, by what they say. */
	private readonly adopted = new Map<string, Said>();
	private readonly known = new Map<string, Said>([[DEFAULT_POLICY, { ...NOTHING, free: true }]]);
	private readonly approvedByPerson = new Set<string>();
	private readonly approvedBefore = new Set<string>();
	private timesOnce = 0;
	private isPaused = false;
	private files = new Map<string, string>();
	private key = 0;

	constructor(first: Said) {
		this.place = makePlace(FILES);
		const text = this.text(first);
		this.adopted.set(text, first);
		writeFileSync(this.policyPath, text);
	}

	private get policyPath() {
		return join(this.place.home, "policy.yaml");
	}

	private text(said: Said): string {
		const text = textOf(said, this.place.workspace);
		this.known.set(text, said);
		return text;
	}

	async open(): Promise<void> {
		const clock = { now: () => this.time.now, monotonic: () => this.time.now - START };
		const options = { clock, disk: this.faults.disk, failpoint: () => undefined };
		try {
			this.opened = await openTestGate(this.place, options);
		} catch {
			this.faults.heal();
			this.opened = await openTestGate(this.place, options);
		}
		this.files = this.look();
	}

	async take(step: Step): Promise<void> {
		if (step.do === "submit") await this.submit(step);
		else if ("which" in step) await this.touch(step);
		else await (this.people(step) ?? this.world(step));
		this.isPaused = this.opened.policy.paused;
		await this.settle(step.do === "submit" || step.do === "resume");
	}

	/** What is done to a request that is there. */
	private async touch({ do: what, which, yes }: Extract<Step, { which: number }>): Promise<void> {
		const { gate } = this.opened;
		const all = what === "decide" && which % 4 > 0 ? gate.pending() : gate.register.all();
		const request = all[which % Math.max(1, all.length)];
		if (!request) return;
		if (what === "decide") await this.decide(request, yes);
		else if (what === "report") await quietly(gate.report(request.id, yes ? "executed" : "failed"));
		else if (what === "cancel") await quietly(gate.cancel(request.id));
		else await quietly(gate.verdict(request.id, AbortSignal.timeout(20)));
	}

	/** A person at the editor. */
	private people(step: Step): Promise<unknown> | undefined {
		const { policy } = this.opened;
		if (step.do === "pause") return quietly(policy.pause(alice));
		if (step.do === "resume") return this.resume();
		if (step.do === "write") {
			const before = existsSync(this.policyPath) ? readFileSync(this.policyPath, "utf8") : "";
			this.personAdopts(this.text(step.said));
			return quietly(policy.write(before, this.text(step.said), "a change", alice));
		}
		if (step.do !== "adopt") return undefined;
		const proposal = policy.current.proposals.find(({ origin }) => origin === "user");
		// Who adopts that it is gone gets the one of the first start.
		if (proposal) this.personAdopts(proposal.text ?? DEFAULT_POLICY);
		return quietly(proposal ? policy.adopt(proposal.sha256, alice) : Promise.resolve());
	}

	private async resume(): Promise<void> {
		await quietly(this.opened.policy.resume(alice));
		this.isPaused = this.opened.policy.paused;
		await quietly(this.opened.gate.release());
	}

	/** Time, the disk, and whoever else writes to it. */
	private async world(step: Step): Promise<void> {
		switch (step.do) {
			case "tick":
				this.time.now += step.ms;
				return void (await quietly(this.opened.gate.expire()));
			case "fault":
				Object.assign(this.faults.plan, { ...step, failAt: this.faults.count + step.at });
				return;
			case "heal":
				return this.faults.heal();
			case "restart":
				await quietly(this.opened.close());
				return this.open();
			case "outside":
				return writeFileSync(this.policyPath, this.text(step.said));
			case "invalid":
				return writeFileSync(this.policyPath, INVALID);
			case "forge":
				// As if a person had adopted it.
				writeFileSync(this.policyPath, this.text(step.said));
				return writeFileSync(join(this.place.home, "policy.last-good.yaml"), this.text(step.said));
			case "gone":
				return rmSync(this.policyPath, { force: true });
			case "edit":
				writeFileSync(join(this.place.workspace, "src/a.ts"), String(this.key++));
				this.files = this.look();
		}
	}

	private personAdopts(text: string): void {
		const said = this.known.get(text);
		if (said) this.adopted.set(text, said);
	}

	private async submit({ action, session, agent, byAgent }: Extract<Step, { do: "submit" }>): Promise<void> {
		const { gate, policy } = this.opened;
		await policy.refresh().catch(() => undefined);
		const isRead = action.tool === "log_write" || (action.tool === "file_read" && action.path !== ".env");
		const mayBeFree = isRead && this.live()?.free === true && !this.isPaused;
		const params = { key: `k${this.key++}`, action, ...(byAgent ? { apply: "agent" as const } : {}) };
		const found = await gate.submit({ agent, session }, params).catch(() => undefined);
		if (found?.kind === "passed") expect(mayBeFree, `${JSON.stringify(action)} passed`).toBe(true);
	}

	private async decide(request: Request, yes: boolean): Promise<void> {
		const { gate } = this.opened;
		const choice = yes
			? { kind: "approve" as const, revision: request.revision }
			: { kind: "deny" as const, reason: "no" };
		// Before the answer: a decision whose answer an error ate may be on record all the same.
		if (yes && request.status === "waiting") this.approvedByPerson.add(request.id);
		await gate.decide(request.id, choice, alice).catch(() => undefined);
	}

	/** What the two files on the disk come to, as far as a policy that was adopted reaches. */
	private live(): Said | undefined {
		const sealed = readIfThere(join(this.place.home, "policy.last-good.yaml"));
		if (sealed === undefined || !sealed.startsWith(SEAL)) return undefined;
		const text = sealed.slice(sealed.indexOf("\n") + 1);
		const adopted = this.adopted.get(text) ?? this.tighter(text);
		if (!adopted) throw new Error(`Adopted by nobody: ${text}`);
		this.adopted.set(text, adopted);
		const now = readIfThere(this.policyPath);
		if (now === undefined) return { ...NOTHING, free: adopted.free, deny: adopted.deny };
		const proposed = this.known.get(now) ?? adopted;
		return isLooser(proposed, adopted) ? { ...NOTHING, free: adopted.free && proposed.free } : proposed;
	}

	private tighter(text: string): Said | undefined {
		const said = this.known.get(text);
		return said && [...this.adopted.values()].some((known) => !isLooser(said, known)) ? said : undefined;
	}

	/** Whatever goes on comes to its end; then each approval and each byte that changed is somebody's. */
	private async settle(byRule = true): Promise<void> {
		const { gate } = this.opened;
		for (const request of gate.history()) {
			if (request.status === "approved" && !this.approvedBefore.has(request.id)) this.explain(request, byRule);
			if (request.status === "approved" && request.apply === "gate" && request.outcome === null)
				await gate.verdict(request.id, AbortSignal.timeout(200)).catch(() => undefined);
		}
		const now = this.look();
		const changed = [...new Set([...now.keys(), ...this.files.keys()])].filter(
			(path) => now.get(path) !== this.files.get(path),
		);
		for (const path of changed) {
			const by = gate
				.history()
				.find(
					({ action, status, apply }) =>
						status === "approved" &&
						apply === "gate" &&
						"path" in action &&
						action.path === path &&
						(action.tool === "file_write" ? action.content : undefined) === now.get(path),
				);
			expect(by, `${path} was changed by nobody: ${now.get(path)}`).toBeDefined();
		}
		this.files = now;
	}

	private explain({ id, action, identity, decision }: Request, byRule: boolean): void {
		this.approvedBefore.add(id);
		if (decision?.via !== "policy") {
			expect(this.approvedByPerson.has(id), `${id} approved by ${decision?.by}`).toBe(true);
			return;
		}
		expect(byRule, `approved by ${decision.by} although nobody asked`).toBe(true);
		expect(this.isPaused).toBe(false);
		const live = this.live();
		expect(live).toBeDefined();
		if (decision.by === "free") {
			expect(live?.free).toBe(true);
			return;
		}
		const rule = live && covering(live, action, identity.session, this.time.now);
		expect(decision.by).toBe(`rule ${rule}`);
		if (rule === "once") this.timesOnce++;
		expect(this.timesOnce).toBeLessThanOrEqual(1);
	}

	private look(): Map<string, string> {
		const root = this.place.workspace;
		const paths = readdirSync(root, { recursive: true }).map(String);
		const mine = paths.filter((path) => !/(^|\/)\.countersign/.test(path) && statSync(join(root, path)).isFile());
		return new Map(mine.map((path) => [path, readFileSync(join(root, path), "utf8")]));
	}

	/** How much of each was approved. */
	counts() {
		const approved = this.opened.gate.history().filter(({ status }) => status === "approved");
		const rules = approved.filter(({ decision }) => decision?.via === "policy").length;
		return { people: approved.length - rules, rules };
	}

	async close(): Promise<void> {
		this.faults.heal();
		await this.opened.close();
	}
}

test("T40: over any sequence of events nothing is approved, and nothing happens, without a person or a rule that one adopted", async () => {
	let [people, rules] = [0, 0];
	await fc.assert(
		fc.asyncProperty(said, fc.array(step, { minLength: 10, maxLength: 40 }), async (first, steps) => {
			const run = new Run(first);
			await run.open();
			for (const step of steps) await run.take(step);
			const counts = run.counts();
			people += counts.people;
			rules += counts.rules;
			await run.close();
		}),
		{ numRuns: Number(process.env.COUNTERSIGN_RUNS ?? 100), seed: 40, endOnFailure: true },
	);
	// Else it would prove nothing.
	expect(Math.min(people, rules)).toBeGreaterThan(10);
});

import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { messageOf } from "../../base/errors.ts";
import type { GateDoor, PolicyDoor, Reviewer } from "../../core/gateTypes.ts";
import type { BlobPort, FilePort } from "../../core/ports.ts";
import type { Request } from "../../core/request.ts";
import { changesNow } from "../../present/changesNow.ts";
import { summaryText } from "../../present/describe.ts";
import { diffText, tooLargeText } from "../../present/diffText.ts";
import { argumentsOf } from "../../present/document.ts";
import { escapeLine, escapeText } from "../../present/escape.ts";
import { reminderText } from "../../present/words.ts";
import { PolicyPrompt } from "./policyPrompt.ts";
import { UNREAD } from "./unread.ts";

const HELP = `  list                   what is waiting
  show ID                the whole change
  approve ID             let it happen (high asks twice)
  deny ID [reason]       stop it; the agent is told the reason
  revert ID              ask to have put back what it changed: one more request, which waits
  policy                 what of the policy waits to be adopted, as a diff
  adopt SHA              let it hold (asks twice)
  vouch                  I have looked at the changed files: rules apply again
  pause, resume          hold everything, reads too; let it go on
  quit                   leave; what waits stays waiting
  ID is the beginning of what stands in front of each request.`;

interface PromptPorts {
	readonly blobs: BlobPort;
	readonly files: FilePort;
}

/** The queue at a terminal: whole words only, so that a stray key decides nothing. */
export class TerminalPrompt {
	private readonly gate: GateDoor & PolicyDoor;
	private readonly policy: PolicyPrompt;
	private readonly ports: PromptPorts;
	private readonly reviewer: Reviewer;
	private readonly output: Writable;
	private readonly lines: Interface;
	/** What was shown of each request; an approval is of that. */
	private readonly shown = new Map<string, { readonly revision: number; readonly at: number }>();
	private confirming: string | undefined;

	constructor(gate: GateDoor & PolicyDoor, ports: PromptPorts, reviewer: Reviewer, input: Readable, output: Writable) {
		this.gate = gate;
		this.policy = new PolicyPrompt(gate, reviewer, (text) => this.say(text));
		this.ports = ports;
		this.reviewer = reviewer;
		this.output = output;
		this.lines = createInterface({ input, output, prompt: "countersign> " });
	}

	/** Resolves when the person leaves. */
	run(): Promise<void> {
		this.say(`${this.gate.pending().length} waiting. Type help for the commands.`);
		for (const request of this.gate.pending()) this.show(request);
		this.gate.onDidChange((request) => this.changed(request));
		this.gate.onDidWarn((message) => this.say(`! ${escapeLine(message)}`));
		this.gate.onDidRemind((reminder) => this.say(`! ${reminderText(reminder)}`));
		this.lines.prompt();
		return new Promise((resolve) => {
			this.lines.on("close", resolve);
			this.lines.on("line", (line) => {
				void this.command(line.trim())
					.catch((error) => this.say(`! ${escapeLine(messageOf(error))}`))
					.finally(() => this.lines.prompt());
			});
		});
	}

	say(text: string): void {
		this.output.write(`\r${text}\n`);
		this.lines.prompt(true);
	}

	private changed(request: Request): void {
		const { status, outcome, decision } = request;
		if (status === "waiting") {
			this.show(request);
			return;
		}
		const end =
			outcome === null || outcome === "executing" ? `${status} by ${decision?.by} via ${decision?.via}` : outcome;
		this.say(`${short(request)} ${end}${request.detail ? `: ${escapeLine(request.detail)}` : ""}`);
	}

	private show(request: Request): void {
		if (isToldWhole(request)) this.remember(request);
		const { agent, session } = request.identity;
		const lines = [
			`${short(request)} ${summaryText(request)}`,
			`         ${escapeLine(agent)}${session ? `, session ${escapeLine(session.slice(0, 8))}` : ""}`,
		];
		if (request.plan.tier !== "normal") lines.push(`         ${request.plan.tier.toUpperCase()}`);
		for (const why of request.plan.why) lines.push(`         ${escapeLine(why)}`);
		if (request.intent && !request.restores)
			lines.push(`         the agent says: ${escapeLine(request.intent.slice(0, 300))}`);
		this.say(lines.join("\n"));
	}

	private async command(line: string): Promise<void> {
		const [, word = "", id = "", rest = ""] = /^(\S+)(?:\s+(\S+))?(?:\s+(.*))?$/.exec(line) ?? [];
		const confirming = this.confirming;
		this.confirming = undefined;
		if (word === "") return;
		if (word === "quit" || word === "exit") return this.lines.close();
		if (word === "help") return this.say(HELP);
		if (await this.policy.command(word, id)) return;
		if (word === "list") return this.list();
		if (word === "revert") return this.revert(id);
		if (["show", "approve", "deny"].includes(word)) return this.onWaiting(word, id, rest, confirming);
		this.say(`There is no command ${escapeLine(word)}. Type help.`);
	}

	private async onWaiting(word: string, id: string, rest: string, confirming: string | undefined): Promise<void> {
		const request = this.find(id, this.gate.pending(), "that waits");
		if (!request) return;
		if (word === "show") return this.detail(request);
		if (word === "deny") return this.decide(request, { kind: "deny", reason: rest });
		const notYet = this.mayNotApprove(request, id);
		if (notYet) return this.say(notYet);
		if (request.plan.tier === "high" && confirming !== request.id) {
			this.confirming = request.id;
			return this.say(
				`This is high: ${request.plan.why.map(escapeLine).join(" ")} To approve it, type approve ${id} once more.`,
			);
		}
		return this.decide(request, { kind: "approve", revision: this.shown.get(request.id)?.revision ?? 0 });
	}

	/** What nobody can have read yet is not approved: a second Enter was meant for what stood there before. */
	private mayNotApprove(request: Request, id: string): string | undefined {
		const shown = this.shown.get(request.id);
		if (shown?.revision !== request.revision) return `Look at all of it first: show ${escapeLine(id)}`;
		if (request.revision > 1 && performance.now() - shown.at < UNREAD)
			return "It changed a moment ago. Look at it again, then approve it.";
		return undefined;
	}

	private remember(request: Request): void {
		this.shown.set(request.id, { revision: request.revision, at: performance.now() });
	}

	private async decide(request: Request, choice: Parameters<GateDoor["decide"]>[1]): Promise<void> {
		const result = await this.gate.decide(request.id, choice, this.reviewer);
		if (result.kind === "refused") this.say(escapeLine(result.reason));
	}

	private list(): void {
		const pending = this.gate.pending();
		if (pending.length === 0) this.say("Nothing waits.");
		for (const request of pending) this.show(request);
	}

	private async revert(prefix: string): Promise<void> {
		const request = this.find(prefix, this.gate.history(), "that was decided");
		if (request) await this.detail(await this.gate.revert(request.id, this.reviewer));
	}

	private find(prefix: string, among: readonly Request[], which: string): Request | undefined {
		const found = among.filter((request) => prefix !== "" && request.id.startsWith(prefix));
		if (found.length === 1) return found[0];
		this.say(
			found.length === 0
				? `Nothing ${which} begins with ${escapeLine(prefix) || "nothing"}. Type list.`
				: `${found.length} requests begin with ${prefix}. Type more of it.`,
		);
		return undefined;
	}

	private async detail(live: Request): Promise<void> {
		// What is read meanwhile is of this revision, whatever becomes of the request.
		const request = { ...live };
		const parts = [
			`${short(request)} revision ${request.revision}, ${request.plan.tier}, binding ${request.binding.slice(0, 8)}, in ${escapeLine(request.plan.cwd)}`,
		];
		for (const target of request.plan.targets) {
			const tooLarge = tooLargeText(target.facts.canonical, target.base, target.proposed);
			if (tooLarge !== undefined) {
				parts.push(tooLarge);
				continue;
			}
			const [base, proposed] = await Promise.all([
				this.bytes(target.base?.sha256),
				this.bytes(target.proposed?.sha256),
			]);
			if (target.change === "delete" || target.listing)
				parts.push(
					`${target.change === "delete" ? "deletes" : "puts back"} ${escapeLine(target.facts.canonical)}${target.listing ? ` with ${target.listing.entries} entries` : ""}`,
				);
			else parts.push(diffText(target.facts.canonical, base, proposed));
		}
		if (request.plan.targets.length === 0) parts.push(await this.whole(request));
		this.remember(request);
		this.say(parts.join("\n"));
	}

	private async whole(request: Request): Promise<string> {
		if (request.action.tool === "changes" && request.status === "waiting") return changesNow(request, this.ports);
		if (request.action.tool === "file_rename") return argumentsOf(request);
		return escapeText(JSON.stringify(request.action, null, 2));
	}

	private async bytes(sha256: string | undefined): Promise<Uint8Array | null> {
		return sha256 === undefined ? null : this.ports.blobs.get(sha256).catch(() => null);
	}
}

/** Whether the line in the queue says everything; for the rest there is `show`. */
function isToldWhole({ action }: Request): boolean {
	if (action.tool === "file_delete") return true;
	return action.tool === "shell_execute" && action.env === undefined && action.cwd === undefined;
}

const short = (request: Request) => request.id.slice(0, 8);

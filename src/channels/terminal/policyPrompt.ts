import type { PolicyDoor, Reviewer } from "../../core/gateTypes.ts";
import type { Proposal } from "../../core/policy/policyView.ts";
import { diffText } from "../../present/diffText.ts";
import { escapeLine } from "../../present/escape.ts";

/** The policy at a terminal. Only what was printed whole can be adopted, and it is asked twice. */
export class PolicyPrompt {
	private readonly gate: PolicyDoor;
	private readonly reviewer: Reviewer;
	private readonly say: (text: string) => void;
	private readonly shown = new Set<string>();
	private drifted: readonly string[] = [];
	private confirming: string | undefined;

	constructor(gate: PolicyDoor, reviewer: Reviewer, say: (text: string) => void) {
		this.gate = gate;
		this.reviewer = reviewer;
		this.say = say;
	}

	/** @returns whether it was a command of the policy */
	async command(word: string, argument: string): Promise<boolean> {
		const confirming = this.confirming;
		this.confirming = undefined;
		switch (word) {
			case "policy":
				this.show();
				return true;
			case "adopt":
				await this.adopt(argument, confirming);
				return true;
			case "vouch":
				await this.vouch();
				return true;
			case "pause":
				await this.gate.pause(this.reviewer);
				this.say("Everything waits now, reads too, until you type resume.");
				return true;
			case "resume":
				await this.gate.resume(this.reviewer);
				this.say("What was only held goes on.");
				return true;
			default:
				return false;
		}
	}

	private show(): void {
		const view = this.gate.policy();
		if (!view) {
			this.say("This process does not hold the gate.");
			return;
		}
		for (const problem of view.problems) this.say(`! ${escapeLine(problem)}`);
		for (const proposal of view.proposals) {
			this.shown.add(proposal.sha256);
			this.say(textOf(proposal));
		}
		this.drifted = view.drifted;
		for (const path of view.drifted) this.say(`changed outside: ${escapeLine(path)}`);
		const isQuiet = view.problems.length + view.proposals.length + view.drifted.length === 0;
		if (isQuiet) this.say(`The policy holds as it was adopted${view.isPaused ? ", and everything is paused" : ""}.`);
	}

	private async adopt(head: string, confirming: string | undefined): Promise<void> {
		const found = (this.gate.policy()?.proposals ?? []).filter(
			({ sha256 }) => head.length >= 8 && sha256.startsWith(head) && this.shown.has(sha256),
		);
		const [proposal] = found;
		if (found.length !== 1 || !proposal)
			return this.say("Look at it first: policy. Then type adopt and what it begins with.");
		if (confirming !== proposal.sha256) {
			this.confirming = proposal.sha256;
			const loosens =
				proposal.loosens.length > 0 ? ` It lets more through: ${proposal.loosens.map(escapeLine).join("; ")}.` : "";
			return this.say(
				`It would hold from now on.${loosens} To adopt it, type adopt ${proposal.sha256.slice(0, 8)} once more.`,
			);
		}
		await this.gate.adopt(proposal.sha256, this.reviewer);
		this.say("Adopted; it holds.");
	}

	private async vouch(): Promise<void> {
		if (this.drifted.length === 0) return this.say("Look at what was changed first: policy.");
		await this.gate.acknowledgeDrift(this.drifted, this.reviewer);
		this.drifted = [];
		this.say("Rules apply again.");
	}
}

function textOf({ path, sha256, text, adopted, loosens }: Proposal): string {
	const bytes = (given: string | undefined) => (given === undefined ? null : Buffer.from(given));
	const lines = [`${sha256.slice(0, 8)} ${escapeLine(path)} waits to be adopted`];
	for (const sentence of loosens) lines.push(`         lets through: ${escapeLine(sentence)}`);
	lines.push(diffText(path, bytes(adopted), bytes(text)));
	return lines.join("\n");
}

import * as vscode from "vscode";
import type { Reviewer } from "../../core/gateTypes.ts";
import { escapeLine } from "../../present/escape.ts";
import { Problem } from "../../protocol/problem.ts";
import { askPerson } from "../askPerson.ts";
import type { WindowGates } from "../gates/windowGates.ts";
import type { Preview, Previews } from "../preview/previews.ts";
import { listed, say } from "./dialog.ts";
import { proposalsOf, type Waiting } from "./standing.ts";

/** A policy that somebody changed holds once a person has read the change and said so in a dialog. */
export class Adopting {
	private readonly gates: WindowGates;
	private readonly previews: Previews;
	private readonly reviewer: Reviewer;
	/** One at a time: what is asked again comes to the front. */
	private shown: Preview | undefined;

	constructor(gates: WindowGates, previews: Previews, reviewer: Reviewer) {
		this.gates = gates;
		this.previews = previews;
		this.reviewer = reviewer;
	}

	async review(): Promise<void> {
		if (this.shown) return this.shown.open();
		const chosen = await pick(proposalsOf(this.gates));
		let path = chosen?.proposal.path;
		while (path !== undefined) {
			const waiting = proposalsOf(this.gates).find(({ proposal }) => proposal.path === path);
			if (!waiting) return say("$(law) No change of the policy waits for you.");
			if (await this.offer(waiting)) path = undefined;
		}
	}

	/** @returns false when what was shown is not what waits any more */
	private async offer(waiting: Waiting): Promise<boolean> {
		const { gate, proposal } = waiting;
		const { origin, path, text = "", adopted, sha256 } = proposal;
		const preview = await this.previews.show({
			kind: "adopt",
			title: `Not in force: ${WHOSE[origin]} policy`,
			files: [{ path, left: adopted === undefined ? undefined : { text: adopted }, right: text }],
		});
		this.shown = preview;
		try {
			if (!(await this.agrees(waiting, preview))) return true;
			await gate.adopt(sha256, this.reviewer);
			say(`$(law) ${origin === "user" ? "Your" : "The repository's"} policy is in force.`);
			return true;
		} catch (error) {
			if (!(error instanceof Problem)) throw error;
			void vscode.window.showWarningMessage(
				"Nothing was adopted: the file changed after it was shown. Look once more.",
			);
			return false;
		} finally {
			this.shown = undefined;
			await this.previews.close(preview);
		}
	}

	private async agrees({ proposal: { origin, path, loosens } }: Waiting, preview: Preview): Promise<boolean> {
		const title = 'It is not in force. Read the change, then press "Adopt…" above it.';
		const lines = listed(loosens.map((each) => `• ${escapeLine(each)}`));
		const what = lines.length > 0 ? ["It loosens:", ...lines] : ["It lets nothing through that does not pass already."];
		const whose =
			origin === "user" ? "From then on your rules apply again." : "A repository's policy may only ask and deny.";
		const detail = [...what, "", whose, escapeLine(path)].join("\n");
		for (;;) {
			if (!(await preview.goOn(title))) return false;
			const question = `Let ${WHOSE[origin]} policy hold as it is shown?`;
			const answer = await askPerson(question, detail, { harmless: "Look Again", yes: "Adopt" });
			if (answer !== "harmless") return answer === "yes";
		}
	}
}

const WHOSE = { user: "your", repository: "the repository's" } as const;

async function pick(waiting: readonly Waiting[]): Promise<Waiting | undefined> {
	if (waiting.length === 0) say("$(law) No change of the policy waits for you.");
	if (waiting.length < 2) return waiting[0];
	const items = waiting.map((one) => ({
		label: one.proposal.origin === "user" ? "Your policy" : "The repository's policy",
		description: escapeLine(one.proposal.path),
		one,
	}));
	return (await vscode.window.showQuickPick(items, { placeHolder: "Which policy do you look at?" }))?.one;
}

import * as vscode from "vscode";
import type { AgentSetup } from "../../adapters/agentSetup.ts";
import { carryOut, finish, MovedOn } from "../../connect/carryOut.ts";
import { nameOf } from "../../connect/names.ts";
import { isChange, type Plan, planToConnect, planToDisconnect, Refusal } from "../../connect/plan.ts";
import { escapeLabel } from "../../present/escape.ts";
import { Problem } from "../../protocol/problem.ts";
import { realDisk } from "../../store/disk.ts";
import type { Home } from "../../store/home.ts";
import { layPrograms } from "../../store/launcher.ts";
import { isUnsaved } from "../decide/buffer.ts";
import { realPathOf } from "../files.ts";
import type { WindowGates } from "../gates/windowGates.ts";
import type { Offer, Previews } from "../preview/previews.ts";
import { choicesOf, pickAgent, pickConnection, pickSpot, placeOf } from "./choices.ts";
import { consent } from "./consent.ts";

interface ConnectingParts {
	readonly gates: WindowGates;
	readonly home: Home;
	/** Folder of the programs that are laid. */
	readonly dist: string;
	readonly output: vscode.LogOutputChannel;
	readonly previews: Previews;
}

/** Puts agents behind the gate, and takes them away again: chosen, seen, confirmed, and only then written. */
export class Connecting {
	private readonly parts: ConnectingParts;

	constructor(parts: ConnectingParts) {
		this.parts = parts;
	}

	async connect(): Promise<void> {
		const { home } = this.parts;
		const choices = await choicesOf(home, this.folders());
		const setup = await pickAgent(choices);
		const spot = setup && (await pickSpot(home, setup, choices));
		if (spot) await this.lead(setup, () => planToConnect(realDisk, home, setup, spot));
	}

	async disconnect(): Promise<void> {
		const { home } = this.parts;
		const choice = await pickConnection(home, await choicesOf(home, this.folders()));
		if (choice) await this.lead(choice.setup, () => planToDisconnect(realDisk, home, choice.setup, choice.spot));
	}

	private folders(): string[] {
		return this.parts.gates.all().map(({ workspace }) => workspace);
	}

	/** Until it is written, refused or given up: a file that changes meanwhile is shown again. */
	private async lead(setup: AgentSetup, make: () => Promise<Plan>): Promise<void> {
		try {
			while (!(await this.offer(await make()))) {
				// The plan is made anew.
			}
		} catch (error) {
			if (!(error instanceof Refusal)) throw error;
			void tellRefusal(setup, error);
		}
	}

	/** @returns false when what was shown is not true any more */
	private async offer(plan: Plan): Promise<boolean> {
		const changes = plan.files.some(isChange);
		// Codex may still have to be asked to trust what is there.
		if (!changes && !(plan.way === "connect" && plan.setup.agent === "codex")) {
			const state = plan.way === "connect" ? "is connected already" : "is not connected";
			void vscode.window.showInformationMessage(`${nameOf(plan.setup)} ${state} ${placeOf(plan.spot)}.`);
			return true;
		}
		requireSaved(plan);
		const preview = changes ? await this.parts.previews.show(offerOf(plan)) : undefined;
		try {
			if (!(await consent(plan, preview))) return true;
			requireSaved(plan);
			await this.write(plan);
		} catch (error) {
			if (!(error instanceof MovedOn)) throw error;
			void vscode.window.showWarningMessage(`${escapeLabel(error.message)} Look at the change as it is now.`);
			return false;
		} finally {
			if (preview) await this.parts.previews.close(preview);
		}
		const options = { location: vscode.ProgressLocation.Window, title: `Connecting ${nameOf(plan.setup)}` };
		void this.tellDone(plan, await vscode.window.withProgress(options, () => finish(plan)));
		return true;
	}

	private async write(plan: Plan): Promise<void> {
		const { home, dist, output } = this.parts;
		if (plan.way === "connect") await layPrograms(realDisk, home, dist);
		for (const { path, backup } of await carryOut(realDisk, home, plan, Date.now())) {
			output.info(`${path}: ${plan.way}ed.${backup ? ` The file as it was: ${backup}` : ""}`);
		}
	}

	private async tellDone(plan: Plan, warnings: readonly string[]): Promise<void> {
		const { setup, spot, way } = plan;
		const done = `${nameOf(setup)} is ${way}ed ${placeOf(spot)}`;
		if (way === "disconnect") {
			void vscode.window.showInformationMessage(`${done}: its calls run without asking.`);
			return;
		}
		const next = `Start ${setup.program} there, again if it runs already: what it wants to do waits for you here.`;
		const text = [`${done}.`, next, ...warnings.map(escapeLabel)].join(" ");
		const show = warnings.length > 0 ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
		const chosen = await show(text, "Open a Terminal", "Prove the Gate Holds");
		if (chosen === "Open a Terminal") await vscode.commands.executeCommand("countersign.newAgentTerminal");
		if (chosen === "Prove the Gate Holds") await vscode.commands.executeCommand("countersign.proveGate");
	}
}

function offerOf({ setup, way, spot, files }: Plan): Offer {
	const verb = way === "connect" ? "Connect" : "Disconnect";
	return {
		kind: way,
		title: `${verb} ${nameOf(setup)} ${placeOf(spot)}`,
		files: files
			.filter(isChange)
			.map(({ path, before, after }) => ({ path, left: before === undefined ? undefined : "file", right: after })),
	};
}

/** The left side of a diff is the editor's text, and what is written must not go under what a person has typed. */
function requireSaved({ files }: Plan): void {
	const unsaved = files.find(({ path }) => isUnsaved(realPathOf(vscode.Uri.file(path)) ?? path));
	if (!unsaved) return;
	throw new Refusal(unsaved.path, new Problem("conflict", "has changes that are not saved. Save them first."));
}

async function tellRefusal(setup: AgentSetup, { path, line, why }: Refusal): Promise<void> {
	const at = line === undefined ? path : `${path}:${line}`;
	const what = why.replace(/^line \d+ /, "");
	const open = line === undefined ? "Open the File" : `Open Line ${line}`;
	const text = `Nothing was changed for ${nameOf(setup)}: ${at} ${what}`;
	if ((await vscode.window.showErrorMessage(escapeLabel(text), open)) !== open) return;
	const selection = new vscode.Range((line ?? 1) - 1, 0, (line ?? 1) - 1, 0);
	await vscode.window.showTextDocument(vscode.Uri.file(path), { selection });
}

import { homedir } from "node:os";
import { basename } from "node:path";
import * as vscode from "vscode";
import type { AgentSetup } from "../../adapters/agentSetup.ts";
import { SETUPS } from "../../adapters/setups.ts";
import { type Connected, connectedAt } from "../../connect/connected.ts";
import { nameOf } from "../../connect/names.ts";
import { isOnPath } from "../../connect/onPath.ts";
import { configFiles, type Spot } from "../../connect/plan.ts";
import { escapeLabel } from "../../present/escape.ts";
import { realDisk } from "../../store/disk.ts";
import type { Home } from "../../store/home.ts";

/** An agent, a place where it can be connected, and whether it is. */
export interface Choice {
	readonly setup: AgentSetup;
	readonly spot: Spot;
	readonly connected: Connected;
}

/** Every agent with each folder of the window, and with all folders. @param folders real paths */
export function choicesOf(home: Home, folders: readonly string[]): Promise<Choice[]> {
	const everywhere: Spot = { scope: "user", workspace: folders[0] ?? homedir() };
	const spots = [...folders.map((workspace): Spot => ({ scope: "project", workspace })), everywhere];
	return Promise.all(
		SETUPS.flatMap((setup) =>
			spots.map(async (spot) => ({ setup, spot, connected: await connectedAt(realDisk, home, setup, spot) })),
		),
	);
}

export async function pickAgent(choices: readonly Choice[]): Promise<AgentSetup | undefined> {
	const items = SETUPS.map((setup) => ({
		label: nameOf(setup),
		description: stateOf(choices.filter((choice) => choice.setup === setup)),
		detail: isOnPath(setup.program) ? `${setup.program} is installed` : `${setup.program} is not on PATH`,
		setup,
	}));
	const options = {
		title: "Connect an Agent: Which One?",
		placeHolder: "From then on it asks you before it writes, deletes or runs anything",
		matchOnDetail: true,
	};
	return (await vscode.window.showQuickPick(items, options))?.setup;
}

export async function pickSpot(home: Home, setup: AgentSetup, choices: readonly Choice[]): Promise<Spot | undefined> {
	const items = choices
		.filter((choice) => choice.setup === setup)
		.map(({ spot, connected }) => ({
			label: spot.scope === "user" ? "In Every Folder" : `In ${folderName(spot)}`,
			description: STATE[connected],
			detail: `${mainFile(home, setup, spot)}${spot.scope === "user" ? " · where no gate runs, every call is denied" : ""}`,
			spot,
		}));
	const options = {
		title: `Connect ${nameOf(setup)}: Where?`,
		placeHolder: "Nothing is written before you have seen it",
	};
	return (await vscode.window.showQuickPick(items, options))?.spot;
}

/** One that is connected, or whose file cannot be read: what is wrong with it is said then. */
export async function pickConnection(home: Home, choices: readonly Choice[]): Promise<Choice | undefined> {
	const items = choices
		.filter(({ connected }) => connected !== "no")
		.map((choice) => ({
			label: `${nameOf(choice.setup)} ${placeOf(choice.spot)}`,
			description: STATE[choice.connected],
			detail: mainFile(home, choice.setup, choice.spot),
			choice,
		}));
	if (items.length === 0) {
		void vscode.window.showInformationMessage("No agent is connected here: there is nothing to disconnect.");
		return undefined;
	}
	const options = {
		title: "Disconnect an Agent: Which One?",
		placeHolder: "Its calls will run without asking. Nothing is written before you have seen it",
	};
	return (await vscode.window.showQuickPick(items, options))?.choice;
}

const STATE: Readonly<Record<Connected, string>> = {
	yes: "connected",
	no: "not connected",
	unclear: "its file cannot be read",
};

function stateOf(choices: readonly Choice[]): string {
	const at = (wanted: Connected) => choices.filter(({ connected }) => connected === wanted).map(({ spot }) => spot);
	const said = [
		...at("yes").map((spot) => `connected ${placeOf(spot)}`),
		...at("unclear").map((spot) => `its file ${placeOf(spot)} cannot be read`),
	];
	return said.join(" · ") || STATE.no;
}

const folderName = ({ workspace }: Spot) => escapeLabel(basename(workspace));
const mainFile = (home: Home, setup: AgentSetup, spot: Spot) =>
	escapeLabel(configFiles(home, setup, spot)[0]?.path ?? "");

/** Where, within a sentence. */
export const placeOf = (spot: Spot): string => (spot.scope === "user" ? "in every folder" : `in ${folderName(spot)}`);

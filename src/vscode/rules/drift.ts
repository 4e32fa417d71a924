import * as vscode from "vscode";
import type { Reviewer } from "../../core/gateTypes.ts";
import { escapeLine } from "../../present/escape.ts";
import { realDisk } from "../../store/disk.ts";
import { digestIfThere } from "../../store/policyFiles.ts";
import { askPerson } from "../askPerson.ts";
import type { WindowGates } from "../gates/windowGates.ts";
import { say } from "./dialog.ts";

/** What was not listed is not vouched for. */
const MAX_PATHS = 12;

/** Shows which files of the gate were changed, until a person says that they have looked. Only the dialog's own button does. */
export async function reviewDrift(gates: WindowGates, reviewer: Reviewer): Promise<void> {
	const all = [...new Set(gates.all().flatMap((gate) => gate.policy()?.drifted ?? []))];
	if (all.length === 0) return say("$(shield) The files of the gate are as they were.");
	const paths = all.slice(0, MAX_PATHS);
	const before = await digestsOf(paths);
	const more = all.length > MAX_PATHS ? [`… and ${all.length - MAX_PATHS} more, which are shown after these.`] : [];
	const lines = paths.map((path, at) => escapeLine(before[at] === "gone" ? `${path} (gone)` : path));
	const advice =
		"Settings of connected agents and the gate's own programs: whoever changed them may have made a hole. Look at them; connect the agent anew if its hook is gone. Until then no rule allows anything.";
	const buttons = { harmless: "Open", yes: "I Have Looked: Rules Apply Again" };
	const question = all.length === 1 ? "A file of the gate was changed" : `${all.length} files of the gate were changed`;
	const answer = await askPerson(question, [...lines, ...more, "", advice].join("\n"), buttons);
	if (answer === "harmless") return open(paths.filter((_, at) => before[at] !== "gone"));
	if (answer !== "yes") return;
	const now = await digestsOf(paths);
	const moved = paths.find((_, at) => now[at] !== before[at]);
	if (moved !== undefined) throw new Error(`${moved} changed again just now. Look at it once more.`);
	for (const gate of gates.all()) {
		const drifted = gate.policy()?.drifted ?? [];
		await gate.acknowledgeDrift(
			paths.filter((path) => drifted.includes(path)),
			reviewer,
		);
	}
}

const digestsOf = (paths: readonly string[]) =>
	Promise.all(
		paths.map((path) =>
			digestIfThere(realDisk, path).then(
				(digest) => digest ?? "gone",
				() => "unreadable",
			),
		),
	);

async function open(paths: readonly string[]): Promise<void> {
	for (const path of paths) {
		await vscode.commands.executeCommand("vscode.open", vscode.Uri.file(path), { preview: false });
	}
}

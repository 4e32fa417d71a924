import * as vscode from "vscode";
import { nameOf } from "../../connect/names.ts";
import { type FileChange, isChange, type Plan } from "../../connect/plan.ts";
import { escapeLine } from "../../present/escape.ts";
import { realPathOf } from "../files.ts";
import type { Preview } from "../preview/previews.ts";
import { placeOf } from "./choices.ts";

/** Whether the person has read what would be written and wants it. No answer, a closed diff and an error are a no. */
export async function consent(plan: Plan, preview: Preview | undefined): Promise<boolean> {
	for (;;) {
		const title = `Nothing is written yet. Read the change, then press "${verbOf(plan)}…" above it.`;
		if (preview && !(await preview.goOn(title))) return false;
		const answer = await confirm(plan, preview !== undefined);
		if (answer !== "look") return answer === "yes";
	}
}

/** The editor's own dialog: no command presses its buttons, and Enter changes nothing where there is something to read. */
async function confirm(plan: Plan, hasPreview: boolean): Promise<"yes" | "look" | "no"> {
	const isConnect = plan.way === "connect";
	const yes: vscode.MessageItem = { title: verbOf(plan) };
	const look: vscode.MessageItem = { title: "Look Again" };
	const options = { modal: true, detail: detailOf(plan) };
	const buttons = hasPreview ? [look, yes] : [yes];
	const name = nameOf(plan.setup);
	try {
		const chosen = isConnect
			? await vscode.window.showInformationMessage(`Connect ${name} to the gate?`, options, ...buttons)
			: await vscode.window.showWarningMessage(`Take ${name} away from the gate?`, options, ...buttons);
		if (chosen === yes) return "yes";
		return chosen === look ? "look" : "no";
	} catch {
		return "no";
	}
}

const verbOf = ({ way }: Plan) => (way === "connect" ? "Connect" : "Disconnect");

function detailOf(plan: Plan): string {
	const name = nameOf(plan.setup);
	const effect =
		plan.way === "connect"
			? `From then on ${name} asks before it writes, deletes or runs anything ${placeOf(plan.spot)}.`
			: `From then on the calls of ${name} ${placeOf(plan.spot)} run without asking.`;
	const more = plan.way === "connect" ? moreOf(plan) : [];
	return [effect, ...more, "", ...plan.files.filter(isChange).map(lineOf)].join("\n").trimEnd();
}

function moreOf({ setup, spot }: Plan): string[] {
	return [
		...(spot.scope === "user" ? ["Where no gate runs, every call of it is denied."] : []),
		...(setup.agent === "codex" ? ["Codex is told to trust these hooks; it notes that in its own configuration."] : []),
	];
}

function lineOf(file: FileChange): string {
	const does = file.before === undefined ? "Creates" : file.after === "" ? "Deletes" : "Changes";
	const real = realPathOf(vscode.Uri.file(file.path));
	const link = real === undefined || real === file.path ? "" : `, which is ${real}`;
	return escapeLine(`${does} ${file.path}${link}`);
}

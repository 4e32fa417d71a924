import * as vscode from "vscode";
import type { Found, Grant } from "../../away/pairing.ts";
import { messageOf } from "../../base/errors.ts";
import { escapeLabel } from "../../present/escape.ts";
import { readChannels } from "../../store/channelsFile.ts";
import { realDisk } from "../../store/disk.ts";
import type { Home } from "../../store/home.ts";
import { askPerson } from "../askPerson.ts";
import { pickOne } from "../rules/pickOne.ts";
import { awaitCode, type Code } from "./codeBox.ts";
import { type Connected, KINDS, type PhoneKind } from "./kinds.ts";
import type { Reach } from "./reach.ts";
import { askToken } from "./tokenBox.ts";

/** A messenger, who decides there now, and whether the next one comes beside them. */
interface Choice {
	readonly kind: PhoneKind;
	readonly before: Connected | undefined;
	readonly beside: boolean;
}

/** A bot that answered and waits for its code. */
interface Begun extends Code {
	readonly found: Promise<Found>;
}

/**
 * Connects a person's phone, and takes it away again. Nothing is written before they said in the editor's own dialog whom
 * it is for; giving up at any step leaves everything as it was.
 */
export class Phones {
	private readonly home: Home;
	private readonly reach: Reach;

	constructor(home: Home, reach: Reach) {
		this.home = home;
		this.reach = reach;
	}

	async add(): Promise<void> {
		const choices = await this.choices();
		const choice = choices && (await pickKind(choices));
		if (!choice) return;
		const found = await this.find(choice);
		if (found) await this.connect(choice, found);
	}

	async remove(): Promise<void> {
		const there = ((await this.choices()) ?? []).filter(({ before, beside }) => before && !beside);
		const items = there.map((choice) => ({ label: choice.kind.name, description: listOf(choice.before), choice }));
		if (items.length === 0) return void vscode.window.showInformationMessage("No phone is connected.");
		const chosen = await pickOne("Remove a Phone: Which One?", "It can decide nothing from then on", items);
		if (!chosen) return;
		const { kind, before } = chosen.choice;
		const question = `Remove the ${kind.name} phone of ${listOf(before)}?`;
		const detail = "Nothing comes to that phone any more, and its buttons are dead. The bot's token is deleted here.";
		if ((await askPerson(question, detail, { harmless: "Keep It", yes: "Remove" })) !== "yes") return;
		await kind.remove(this.home);
		void vscode.window.showInformationMessage(`Nobody decides by ${kind.name} any more.`);
	}

	/** Undefined: channels.yaml cannot be used, which was told. */
	private async choices(): Promise<Choice[] | undefined> {
		const channels = await readChannels(realDisk, this.home);
		if (channels.kind === "bad") {
			void this.tellBad(channels.problems);
			return undefined;
		}
		return KINDS.flatMap((kind) => {
			const before = kind.connected(channels);
			const instead = { kind, before, beside: false };
			return before?.group ? [{ kind, before, beside: true }, instead] : [instead];
		});
	}

	private async tellBad(problems: readonly string[]): Promise<void> {
		const open = "Open the File";
		const text = `No phone can be connected before this is mended: ${problems.join(" ")}`;
		if ((await vscode.window.showErrorMessage(escapeLabel(text), open)) !== open) return;
		await vscode.window.showTextDocument(vscode.Uri.file(this.home.channels));
	}

	/** Until somebody sent the code. Undefined: the person gave up. */
	private async find({ kind, before, beside }: Choice): Promise<Found | undefined> {
		const known = beside ? before?.group?.token : undefined;
		const over = new AbortController();
		/** Until the bot can be written to. @throws Error with what is wrong with its token */
		const begin = (token: string) =>
			new Promise<Begun>((resolve, reject) => {
				const show = (code: string, to: string) => resolve({ code, to, found });
				const pair = () => kind.pair({ home: this.home, token, show, signal: over.signal });
				const found = this.reach.whileLetGo(pair);
				found.catch(reject);
			});
		try {
			const server = await kind.server(this.home);
			const begun = known === undefined ? await askToken(kind, server, begin) : await begin(known);
			return begun && (await awaitCode(kind, begun, begun.found));
		} catch (error) {
			throw new Error(`No phone was connected. ${messageOf(error)}`);
		} finally {
			over.abort();
		}
	}

	private async connect({ kind, before, beside }: Choice, found: Found): Promise<void> {
		const who = `${escapeLabel(found.name)} (${escapeLabel(found.id)})`;
		const grant = beside ? { beside } : await pickGrant(kind, who);
		if (!grant) return;
		const detail = [
			grant.approve === false ? "That phone can deny, and approve nothing." : MAY_APPROVE,
			...(before && !beside ? [`${listOf(before)} can decide nothing there from then on.`] : []),
			"If that is not you, somebody else knows the bot: make another one.",
		].join("\n");
		const question = `${who} sent the code. May they decide by ${kind.name}?`;
		if ((await askPerson(question, detail, { harmless: "That Is Not Me", yes: "Connect" })) !== "yes") {
			return void vscode.window.showInformationMessage("No phone was connected.");
		}
		await found.connect(grant);
		void vscode.window.showInformationMessage(`${who} decides by ${kind.name} from now on.`);
	}
}

const MAY_APPROVE = "That phone can deny anything, and approve normal requests that it shows whole.";
const listOf = (there: Connected | undefined) => escapeLabel((there?.users ?? []).join(", "));

/** The first step; also where there is one kind only, since it says what comes. */
async function pickKind(choices: readonly Choice[]): Promise<Choice | undefined> {
	const items = choices.map((choice) => {
		const { kind, before, beside } = choice;
		const instead = before ? `Replace ${listOf(before)} on ${kind.name}` : kind.name;
		return {
			label: beside ? `Add Another Person on ${kind.name}` : instead,
			description: before ? `connected: ${listOf(before)}` : "not connected",
			detail: beside ? "To the group that is there" : "A bot of your own, in a private chat with you",
			choice,
		};
	});
	const placeholder = "What waits while nobody is at the desk comes to your phone";
	return (await pickOne("Add a Phone: By What?", placeholder, items))?.choice;
}

async function pickGrant(kind: PhoneKind, who: string): Promise<Grant | undefined> {
	const items = [
		{ label: "Approve and Deny", detail: MAY_APPROVE, grant: { approve: true } },
		{ label: "Only Deny", detail: "Approving stays at the desk.", grant: { approve: false } },
	];
	const title = `Add a Phone: ${kind.name}, ${who} Sent the Code`;
	return (await pickOne(title, "What may that phone do? Nothing is written yet", items))?.grant;
}

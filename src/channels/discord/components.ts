import {
	type APIButtonComponentWithCustomId,
	type APIMessageTopLevelComponent,
	type APIModalInteractionResponseCallbackData,
	type APIModalSubmissionComponent,
	type APIModalSubmitTextInputComponent,
	ButtonStyle,
	ComponentType,
	type ModalSubmitComponent,
	TextInputStyle,
} from "discord-api-types/v10";
import { CANNED, type Face, type Wish } from "../../core/remote/remotePort.ts";

/** What comes back when a button is pressed: nothing but a nonce and a letter. */
const DATA = /^cs1:([A-Za-z0-9_-]{22}):([adsbw0-9])$/;
const LETTERS = { approve: "a", deny: "d", snooze: "s", back: "b", write: "w" } as const;
/** The one field of the form, which is found by it. */
const REASON = "reason";
/** Characters of a reason. */
const MAX_REASON = 1000;

export function componentsOf(face: Face): APIMessageTopLevelComponent[] {
	if (face.kind === "none") return [];
	const button = (label: string, letter: string, style: Style = ButtonStyle.Secondary) =>
		({ type: ComponentType.Button, style, label, custom_id: `cs1:${face.nonce}:${letter}` }) as const;
	const row = (...components: APIButtonComponentWithCustomId[]) =>
		({ type: ComponentType.ActionRow, components }) as const;
	if (face.kind === "decide") {
		const approve = button("Approve", LETTERS.approve, ButtonStyle.Success);
		const deny = button("Deny", LETTERS.deny, ButtonStyle.Danger);
		return [row(...(face.mayApprove ? [approve, deny] : [deny])), row(button("Later", LETTERS.snooze))];
	}
	const reasons = CANNED.map((reason, at) => button(reason, String(at)));
	const pairs = reasons.flatMap((_, at) => (at % 2 === 0 ? [row(...reasons.slice(at, at + 2))] : []));
	return [...pairs, row(button("Write a reason…", LETTERS.write), button("Back", LETTERS.back))];
}

type Style = APIButtonComponentWithCustomId["style"];

/** `write`: the person wants to say it in words of their own. */
type Asked = Wish | { readonly kind: "write" };

/** Undefined: no button of ours carries that. */
export function readId(customId: string): { readonly nonce: string; readonly asked: Asked } | undefined {
	const [, nonce, letter] = DATA.exec(customId) ?? [];
	if (nonce === undefined || letter === undefined) return undefined;
	const reason = CANNED[Number(letter)];
	if (reason !== undefined) return { nonce, asked: { kind: "reason", reason } };
	const kind = Object.entries(LETTERS).find(([, one]) => one === letter)?.[0] as keyof typeof LETTERS | undefined;
	return kind && { nonce, asked: { kind } };
}

/** The form for a reason. What comes back from it names the button that it was asked with. */
export const formOf = (customId: string): APIModalInteractionResponseCallbackData => ({
	custom_id: customId,
	title: "Deny",
	components: [
		{
			type: ComponentType.Label,
			label: "Why? The agent reads it.",
			component: {
				type: ComponentType.TextInput,
				custom_id: REASON,
				style: TextInputStyle.Paragraph,
				max_length: MAX_REASON,
				required: true,
			},
		},
	],
});

/** What was written into the form. */
export function reasonIn(parts: readonly APIModalSubmissionComponent[]): string {
	const field = parts.flatMap((part) => ("component" in part ? part.component : [])).find(isReason);
	return field?.value ?? "";
}

const isReason = (field: ModalSubmitComponent): field is APIModalSubmitTextInputComponent =>
	field.type === ComponentType.TextInput && field.custom_id === REASON;

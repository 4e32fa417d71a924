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
import { buttonData } from "../../core/remote/buttonData.ts";
import { CANNED, type Face, MAX_REASON } from "../../core/remote/remotePort.ts";

/** The one field of the form, which is found by it. */
const REASON = "reason";

export function componentsOf(face: Face): APIMessageTopLevelComponent[] {
	if (face.kind === "none") return [];
	const button = (label: string, asked: Parameters<typeof buttonData>[1], style: Style = ButtonStyle.Secondary) =>
		({ type: ComponentType.Button, style, label, custom_id: buttonData(face.nonce, asked) }) as const;
	const row = (...components: APIButtonComponentWithCustomId[]) =>
		({ type: ComponentType.ActionRow, components }) as const;
	if (face.kind === "decide") {
		const approve = button("Approve", "approve", ButtonStyle.Success);
		const deny = button("Deny", "deny", ButtonStyle.Danger);
		return [row(...(face.mayApprove ? [approve, deny] : [deny])), row(button("Later", "snooze"))];
	}
	const reasons = CANNED.map((reason, at) => button(reason, at));
	const pairs = reasons.flatMap((_, at) => (at % 2 === 0 ? [row(...reasons.slice(at, at + 2))] : []));
	return [...pairs, row(button("Write a reason…", "write"), button("Back", "back"))];
}

type Style = APIButtonComponentWithCustomId["style"];

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

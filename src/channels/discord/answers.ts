import type { REST } from "@discordjs/rest";
import {
	type APIInteraction,
	type APIModalInteractionResponseCallbackData,
	InteractionResponseType,
	MessageFlags,
	Routes,
} from "discord-api-types/v10";
import { discordText } from "./discordText.ts";

type Asked = Pick<APIInteraction, "id" | "token" | "application_id">;

/** Discord takes no first answer after three seconds; its word on whether it took one may need longer to come. Ms. */
const WITHIN = 10_000;

/**
 * What only the person who pressed is told. Discord takes one first answer, and from one of all that would give it; later
 * it can be written over. None of it ever throws: who cannot be told is told by the card.
 */
export class Answers {
	private readonly rest: REST;

	constructor(rest: REST) {
		this.rest = rest;
	}

	/** It is seen to. False: somebody else has answered, or it is too late; then nothing may be done. */
	take(interaction: Asked): Promise<boolean> {
		const type = InteractionResponseType.DeferredChannelMessageWithSource;
		return this.first(interaction, { type, data: { flags: MessageFlags.Ephemeral } });
	}

	/** Without having taken it. */
	async say(interaction: Asked, text: string): Promise<void> {
		const type = InteractionResponseType.ChannelMessageWithSource;
		await this.first(interaction, { type, data: { ...messageOf(text), flags: QUIET | MessageFlags.Ephemeral } });
	}

	async ask(interaction: Asked, data: APIModalInteractionResponseCallbackData): Promise<void> {
		await this.first(interaction, { type: InteractionResponseType.Modal, data });
	}

	/** After it was taken. */
	async tell({ application_id: application, token }: Asked, text: string): Promise<void> {
		const body = { ...messageOf(text), flags: QUIET };
		await this.rest.patch(Routes.webhookMessage(application, token), { body, auth: false }).catch(() => undefined);
	}

	private async first({ id, token }: Asked, body: object): Promise<boolean> {
		const signal = AbortSignal.timeout(WITHIN);
		return this.rest.post(Routes.interactionCallback(id, token), { body, auth: false, signal }).then(
			() => true,
			() => false,
		);
	}
}

const QUIET = MessageFlags.SuppressEmbeds;
const messageOf = (text: string) => ({
	content: discordText({ text, quoted: [] }),
	allowed_mentions: { parse: [] },
});

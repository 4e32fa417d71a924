import { RateLimitError, type REST } from "@discordjs/rest";
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
/** After it was taken the person looks at it for so long before they look elsewhere. Ms. */
const PATIENCE = 60_000;

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
		const patch = () => this.rest.patch(Routes.webhookMessage(application, token), { body, auth: false });
		await patiently(patch, PATIENCE).catch(() => undefined);
	}

	private async first({ id, token }: Asked, body: object): Promise<boolean> {
		const route = Routes.interactionCallback(id, token);
		const post = () => this.rest.post(route, { body, auth: false, signal: AbortSignal.timeout(WITHIN) });
		return patiently(post, WITHIN).then(
			() => true,
			() => false,
		);
	}
}

/** Again when the limits of the interface let it through. */
async function patiently(call: () => Promise<unknown>, within: number): Promise<unknown> {
	for (const end = performance.now() + within; ; ) {
		try {
			return await call();
		} catch (error) {
			const wait = error instanceof RateLimitError ? error.retryAfter : Number.POSITIVE_INFINITY;
			if (performance.now() + wait > end) throw error;
			await new Promise((done) => setTimeout(done, wait));
		}
	}
}

const QUIET = MessageFlags.SuppressEmbeds;
const messageOf = (text: string) => ({
	content: discordText({ text, quoted: [] }),
	allowed_mentions: { parse: [] },
});

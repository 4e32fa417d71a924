import { timingSafeEqual } from "node:crypto";
import type { REST } from "@discordjs/rest";
import {
	type APIApplicationCommandInteraction,
	ApplicationCommandOptionType,
	ApplicationCommandType,
	InteractionContextType,
	InteractionType,
	MessageFlags,
	Routes,
} from "discord-api-types/v10";
import { Answers } from "./answers.ts";
import { meaningOf, restOf } from "./calls.ts";
import { discordText } from "./discordText.ts";
import { Gateway } from "./gateway.ts";

export interface PairingOptions {
	readonly token: string;
	readonly apiRoot?: string | undefined;
	/** What the person has to send, as it stands on their screen. */
	readonly code: string;
	/** The address that invites the bot, each time that it begins to hear. */
	readonly started: (invitation: string) => void;
	readonly signal?: AbortSignal | undefined;
}

export type Paired =
	| { readonly kind: "paired"; readonly user: string; readonly name: string }
	| { readonly kind: "over"; readonly why: string };

/** Ms. */
const WITHIN = 5 * 60 * 1000;
const MAX_WRONG = 5;
/** The command, where a person can use it: in the bot's private channel, and in a server where it is. */
const COMMAND = {
	name: "countersign",
	description: "Decide from here what agents on your machine may do.",
	type: ApplicationCommandType.ChatInput,
	contexts: [InteractionContextType.Guild, InteractionContextType.BotDM],
	options: [
		{
			name: "code",
			description: "The six digits on the screen.",
			type: ApplicationCommandOptionType.String,
			required: true,
			max_length: 32,
		},
	],
};

/**
 * Who sends the code to the bot is the person in front of the screen that shows it. They send it by a command, which names
 * the sender and is seen by nobody else; the bot reads no messages.
 */
export class Pairing {
	private readonly options: PairingOptions;
	private readonly rest: REST;
	private readonly answers: Answers;
	private wrong = 0;
	private done: (result: Paired) => void = () => undefined;

	constructor(options: PairingOptions) {
		this.options = options;
		this.rest = restOf(options.token, options.apiRoot);
		this.answers = new Answers(this.rest);
	}

	async run(): Promise<Paired> {
		const { token, started, signal } = this.options;
		const result = new Promise<Paired>((done) => {
			this.done = done;
		});
		const over = (why: string) => this.done({ kind: "over", why });
		const late = setTimeout(() => over("Nobody sent the code within five minutes."), WITHIN);
		signal?.addEventListener("abort", () => over("It was stopped."));
		let command: { application: string; id: string } | undefined;
		const gateway = new Gateway({
			token,
			rest: this.rest,
			heard: (interaction) => {
				if (interaction.type === InteractionType.ApplicationCommand) void this.sent(interaction);
			},
			works: () => command && started(`${INVITE}&client_id=${command.application}`),
			down: () => undefined,
			over,
		});
		try {
			command = await this.announce();
			void gateway.start();
		} catch (error) {
			const meaning = meaningOf(error);
			over("why" in meaning && meaning.why !== undefined ? meaning.why : "Discord asks for patience. Try again later.");
		}
		const paired = await result;
		clearTimeout(late);
		if (command) {
			const { application, id } = command;
			await this.rest.delete(Routes.applicationCommand(application, id)).catch(() => undefined);
		}
		await gateway.close();
		return paired;
	}

	/** Tells Discord of the command. */
	private async announce(): Promise<{ application: string; id: string }> {
		const { id: application } = (await this.rest.get(Routes.currentApplication())) as { id: string };
		const { id } = (await this.rest.post(Routes.applicationCommands(application), { body: COMMAND })) as { id: string };
		return { application, id };
	}

	private async sent(interaction: APIApplicationCommandInteraction): Promise<void> {
		const user = interaction.user ?? interaction.member?.user;
		const { data } = interaction;
		if (data.name !== COMMAND.name || data.type !== ApplicationCommandType.ChatInput) return;
		const [option] = data.options ?? [];
		if (!user || user.bot || option?.type !== ApplicationCommandOptionType.String || this.wrong >= MAX_WRONG) return;
		const isRight = isSameText(option.value.trim(), this.options.code);
		// Counted before anything is waited for: many at once are many.
		if (!isRight) this.wrong++;
		if (!(await this.answers.take(interaction))) return;
		if (!isRight) {
			await this.answers.tell(interaction, "That is not the code on the screen.");
			if (this.wrong < MAX_WRONG) return;
			const why = `${MAX_WRONG} wrong codes were sent. Somebody else may know the bot; start again.`;
			this.done({ kind: "over", why });
			return;
		}
		if (!(await this.greet(user.id))) {
			await this.answers.tell(interaction, UNHEARD);
			return;
		}
		await this.answers.tell(interaction, "That is the code. Whoever sits at the screen now confirms you.");
		this.done({ kind: "paired", user: user.id, name: user.username });
	}

	/** Whether the bot can write to the person at all. */
	private async greet(user: string): Promise<boolean> {
		try {
			const { id } = (await this.rest.post(Routes.userChannels(), { body: { recipient_id: user } })) as { id: string };
			const text = "Once you are confirmed at the screen, you decide from here what agents on that machine may do.";
			const body = { content: discordText({ text, quoted: [] }), flags: MessageFlags.SuppressEmbeds };
			await this.rest.post(Routes.channelMessages(id), { body: { ...body, allowed_mentions: { parse: [] } } });
			return true;
		} catch {
			return false;
		}
	}
}

/** In a server: only from there may a bot write to a person. It asks for no permission but to be there. */
const INVITE = "https://discord.com/oauth2/authorize?scope=bot+applications.commands&permissions=0";
const UNHEARD =
	"The bot cannot write to you. Be in a server where it is, allow direct messages there, then send the code again.";

function isSameText(one: string, other: string): boolean {
	const [given, expected] = [Buffer.from(one), Buffer.from(other)];
	return given.byteLength === expected.byteLength && timingSafeEqual(given, expected);
}

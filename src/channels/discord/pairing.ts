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
import { type Paired, PairingRound, RIGHT, type RoundOptions, WRONG } from "../pairingRound.ts";
import { Answers } from "./answers.ts";
import { meaningOf, restOf } from "./calls.ts";
import { discordText } from "./discordText.ts";
import { Gateway } from "./gateway.ts";

export interface PairingOptions extends RoundOptions {
	readonly token: string;
	readonly apiRoot?: string | undefined;
	/** The address that invites the bot, each time that it begins to hear. */
	readonly started: (invitation: string) => void;
}

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
	private readonly round: PairingRound<string>;

	constructor(options: PairingOptions) {
		this.options = options;
		this.round = new PairingRound(options);
		this.rest = restOf(options.token, options.apiRoot);
		this.answers = new Answers(this.rest);
	}

	async run(): Promise<Paired<string>> {
		const { token, started } = this.options;
		const over = (why: string) => this.round.over(why);
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
		const paired = await this.round.ended;
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
		if (!user || user.bot || option?.type !== ApplicationCommandOptionType.String || this.round.isSpent) return;
		const isRight = this.round.isRight(option.value.trim());
		if (!(await this.answers.take(interaction))) return;
		if (!isRight) {
			await this.answers.tell(interaction, WRONG);
			this.round.goOn();
			return;
		}
		if (!(await this.greet(user.id))) {
			await this.answers.tell(interaction, UNHEARD);
			return;
		}
		await this.answers.tell(interaction, RIGHT);
		this.round.found(user.id, user.username);
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

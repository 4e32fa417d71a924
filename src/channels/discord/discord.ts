import { createHash } from "node:crypto";
import type { REST } from "@discordjs/rest";
import {
	type APIMessage,
	type APIMessageComponentInteraction,
	type APIModalSubmitInteraction,
	InteractionType,
	MessageFlags,
	Routes,
} from "discord-api-types/v10";
import { deferred } from "../../base/deferred.ts";
import { readButtonData } from "../../core/remote/buttonData.ts";
import type { Press, Shown } from "../../core/remote/buttons.ts";
import {
	type Card,
	type Face,
	isUnreachable,
	type Message,
	type Person,
	type RemotePort,
	type Wish,
} from "../../core/remote/remotePort.ts";
import type { Paired } from "../pairingRound.ts";
import { Answers } from "./answers.ts";
import { Calls, restOf } from "./calls.ts";
import { componentsOf, formOf, reasonIn } from "./components.ts";
import { discordText, firstLine, overOf, ROOM } from "./discordText.ts";
import { Gateway } from "./gateway.ts";
import { Pairing, type PairingOptions } from "./pairing.ts";

export interface DiscordOptions {
	readonly token: string;
	readonly apiRoot?: string | undefined;
	/** The only place where anything is shown or heard: a server's channel, or one person's private one. */
	readonly place: { readonly channel: string } | { readonly user: string };
	readonly memory: Memory;
	/** Why it does not work; undefined: it works again. */
	readonly say: (problem: string | undefined) => void;
}

/** What outlives the process. */
export interface Memory {
	/** When a message was sent first of which nobody knows whether it arrived. Ms. */
	sentAfter(request: string): number | undefined;
	begin(request: string): Promise<void>;
	failed(request: string): Promise<void>;
	keep(more: { latest: number }): Promise<void>;
}

/** Whoever hears what people do there. */
export interface Listener {
	knows(press: Press): Promise<boolean>;
	press(press: Press, wish: Wish | undefined, person: Person): Promise<string>;
	mayWrite(press: Press, person: Person): Promise<string | undefined>;
	refuse(shown: Shown, person: Person, why: string): Promise<string>;
}

type Interaction = APIMessageComponentInteraction | APIModalSubmitInteraction;

/** So many messages are looked through for one of which nobody knows whether it arrived. */
const LOST_WITHIN = 100;
/** A card that nobody hears when it is pressed is worse than one that comes late; where nothing is ever heard it comes too. Ms. */
const HEARD_BY = 3000;
/** What no gate has taken up by then, nobody will. Discord waits three seconds. Ms. */
const NOBODY = 2000;

/**
 * A bot in one channel: gateway, buttons that carry a nonce, a form for a reason. It vouches for who pressed where and
 * knows nothing of requests.
 */
export class Discord implements RemotePort {
	readonly channel = "discord";
	/** How much of a card there is room for. */
	readonly paper = { most: ROOM, over: overOf };
	/** How the place is named to the desk; a private channel's own id is known only once Discord was asked. */
	readonly chat: string;
	private readonly options: DiscordOptions;
	private readonly rest: REST;
	private readonly calls: Calls;
	private readonly answers: Answers;
	private gateway: Gateway | undefined;
	/** Presses are heard, or will not be for now. */
	private readonly tuned = deferred<void>();
	private id: string | undefined;
	/** Why nobody is heard, though they may be written to. */
	private deaf: string | undefined;

	constructor(options: DiscordOptions) {
		const { token, apiRoot, place, say } = options;
		this.options = options;
		this.rest = restOf(token, apiRoot);
		this.calls = new Calls(this.rest, (problem) => say(problem ?? this.deaf));
		this.answers = new Answers(this.rest);
		this.chat = "channel" in place ? place.channel : `@${place.user}`;
		if ("channel" in place) this.id = place.channel;
	}

	get isOver(): boolean {
		return this.calls.isOver;
	}

	/** Hears, until it is closed or Discord says that this cannot go on. */
	start(listener: Listener): void {
		this.gateway = new Gateway({
			token: this.options.token,
			rest: this.rest,
			heard: (interaction) => {
				if (interaction.type !== InteractionType.MessageComponent && interaction.type !== InteractionType.ModalSubmit)
					return;
				this.heard(interaction, listener).catch((error) => this.options.say(String(error)));
			},
			works: () => {
				this.deaf = undefined;
				this.calls.works();
			},
			down: (why) => {
				this.tuned.resolve();
				this.deaf = why;
				this.calls.failed({ kind: "down", why });
			},
			over: (why) => this.calls.failed({ kind: "over", why }),
		});
		setTimeout(this.tuned.resolve, HEARD_BY).unref();
		void this.gateway.start().then(this.tuned.resolve);
	}

	/**
	 * Every gate that has the bot hears of every press. Discord takes the first answer and no other, so whoever answers
	 * first is the one that acts, and does nothing before.
	 */
	private async heard(interaction: Interaction, listener: Listener): Promise<void> {
		const { data, message } = interaction;
		const read = readButtonData(data.custom_id);
		const press: Press = { ...this.whereOf(interaction), nonce: read?.nonce };
		if (!message || !(await listener.knows(press))) return this.nobodys(interaction);
		const person = personOf(interaction);
		if (read?.asked.kind === "write" && interaction.type === InteractionType.MessageComponent) {
			const no = await listener.mayWrite(press, person);
			if (no === undefined) await this.answers.ask(interaction, formOf(data.custom_id));
			else await this.answers.say(interaction, no);
			return;
		}
		if (!(await this.answers.take(interaction))) return;
		const said = isBot(interaction)
			? await listener.refuse(press, person, "as a bot")
			: await listener.press(press, wishOf(interaction), person);
		await this.answers.tell(interaction, said);
	}

	/** The card may be another gate's, which answers at once; when none does, the person hears that. */
	private async nobodys(interaction: Interaction): Promise<void> {
		await new Promise((done) => setTimeout(done, NOBODY).unref());
		if (!this.isOver) await this.answers.say(interaction, "No gate that runs knows this message. Nothing is decided.");
	}

	private whereOf({ channel, message }: Interaction): Shown {
		const isHere = channel !== undefined && channel.id === this.id;
		return { chat: isHere ? this.chat : (channel?.id ?? ""), message: message?.id ?? "" };
	}

	async send(card: Card, face: Face, request: string): Promise<Shown> {
		await this.tuned.promise;
		const { memory } = this.options;
		const content = discordText(card);
		let since = memory.sentAfter(request);
		const isAgain = since !== undefined;
		if (since === undefined) {
			since = Date.now();
			await memory.keep({ latest: since });
			await memory.begin(request);
		} else {
			const found = await this.findLost(content, card, face);
			if (found) return found;
		}
		const nonce = createHash("sha256").update(`${request} ${since}`).digest("base64url").slice(0, MAX_NONCE);
		const more = { components: componentsOf(face), nonce, enforce_nonce: true };
		const shown = await this.sendNew(content, more).catch(async (error) => {
			if (!isAgain && !(isUnreachable(error) && error.maybe)) await memory.failed(request);
			throw error;
		});
		// It may be the one that was sent before.
		if (isAgain) await this.edit(shown, card, face);
		return shown;
	}

	/** Changed to what it should be; nobody but the bot can change what the bot wrote. */
	private async findLost(content: string, card: Card, face: Face): Promise<Shown | undefined> {
		const id = await this.channelId();
		const query = new URLSearchParams({ limit: String(LOST_WITHIN) });
		const messages = await this.calls.do<APIMessage[]>((rest, signal) =>
			rest.get(Routes.channelMessages(id), { query, signal }),
		);
		for (const message of messages === "gone" ? [] : messages) {
			const shown = { chat: this.chat, message: message.id };
			if (message.content.startsWith(firstLine(content)) && (await this.edit(shown, card, face))) return shown;
		}
		return undefined;
	}

	private async sendNew(content: string, more: object): Promise<Shown> {
		const id = await this.channelId();
		const sent = await this.calls.do<APIMessage>((rest, signal) =>
			rest.post(Routes.channelMessages(id), { body: { ...PLAIN, content, ...more }, signal }),
		);
		if (sent === "gone") throw new Error("Discord kept no message.");
		return { chat: this.chat, message: sent.id };
	}

	async edit(shown: Shown, card: Card, face: Face): Promise<boolean> {
		await this.tuned.promise;
		return this.change(shown, { ...PLAIN, content: discordText(card), components: componentsOf(face) });
	}

	async tell(message: Message, about?: Shown): Promise<void> {
		const answer = about && { message_reference: { message_id: about.message, fail_if_not_exists: false } };
		await this.sendNew(discordText(message), { ...answer });
	}

	async strip(shown: Shown): Promise<void> {
		if (shown.chat === this.chat) await this.change(shown, { components: [] }).catch(() => undefined);
	}

	private async change({ message }: Shown, body: object): Promise<boolean> {
		const id = await this.channelId();
		const done = await this.calls.do((rest, signal) =>
			rest.patch(Routes.channelMessage(id, message), { body, signal }),
		);
		return done !== "gone";
	}

	private async channelId(): Promise<string> {
		if (this.id !== undefined) return this.id;
		const { place } = this.options;
		const body = { recipient_id: "user" in place ? place.user : "" };
		const opened = await this.calls.do<{ id: string }>((rest, signal) =>
			rest.post(Routes.userChannels(), { body, signal }),
		);
		if (opened === "gone") throw new Error("Discord opened no private channel.");
		this.id = opened.id;
		return opened.id;
	}

	async close(): Promise<void> {
		this.calls.close();
		this.tuned.resolve();
		await this.gateway?.close();
	}
}

/** Discord's own limit. Characters. */
const MAX_NONCE = 25;
/** Nobody is called, and nothing in a message is fetched. */
const PLAIN = { allowed_mentions: { parse: [] }, flags: MessageFlags.SuppressEmbeds } as const;

const userOf = ({ user, member }: Interaction) => user ?? member?.user;
const isBot = (interaction: Interaction) => userOf(interaction)?.bot === true;

/** The id counts; the name, which its owner may change, is for the log. */
const personOf = (interaction: Interaction): Person => {
	const user = userOf(interaction);
	return { id: user?.id ?? "", name: user?.username ?? "" };
};

function wishOf({ type, data }: Interaction): Wish | undefined {
	const asked = readButtonData(data.custom_id)?.asked;
	if (asked?.kind !== "write") return asked;
	return type === InteractionType.ModalSubmit ? { kind: "reason", reason: reasonIn(data.components) } : undefined;
}

/** Finds out who is at the other end of a bot. */
export const pair = (options: PairingOptions): Promise<Paired<string>> => new Pairing(options).run();

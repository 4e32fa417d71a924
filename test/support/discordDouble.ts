import type { IncomingMessage, ServerResponse } from "node:http";
import { GatewayDouble } from "./discordGateway.ts";
import { ServiceDouble } from "./serviceDouble.ts";

export const TOKEN = "NDI0MjQyNDI0MjQyNDI0MjQy.GabcdE.AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQrrSS";
/** Who is on the list, in their private messages. */
export const OWNER = "700000000000000777";
/** A server's channel where the bot is. */
export const CHANNEL = "800000000000000001";
const BOT = {
	id: "424242424242424242",
	username: "gate",
	discriminator: "0",
	global_name: null,
	avatar: null,
	bot: true,
};
/** How long Discord waits for a first answer. Ms. */
const WITHIN = 3000;
const FAILED = "This interaction failed";

interface Button {
	readonly text: string;
	readonly custom_id: string;
}

export interface Shown {
	readonly chat: string;
	readonly id: string;
	/** As it is read: without the marks of a code block, and what has no width. */
	text: string;
	content: string;
	buttons: readonly Button[];
	readonly nonce: string | undefined;
}

export interface Call {
	/** In a word: `gateway open create edit list callback answer application command uncommand`. */
	readonly method: string;
	readonly body: Record<string, unknown>;
	/** The bytes as they came. */
	readonly raw: string;
	readonly ids: readonly string[];
}

export interface Press {
	readonly from?: string;
	readonly name?: string;
	readonly isBot?: boolean;
	readonly chat?: string;
	readonly data?: string;
	/** Over the message that the button is on. */
	readonly message?: object;
	/** Every session gets the event two times. */
	readonly twice?: boolean;
}

interface Fault {
	readonly method: string | undefined;
	readonly status: number;
	readonly code: number;
	readonly retryAfter: number;
	times: number;
}

interface Pressed {
	readonly at: number;
	readonly token: string;
	readonly type: number;
	/** The first answer, if there was one. */
	first: "said" | "deferred" | "form" | undefined;
	form: Form | undefined;
	said: string | undefined;
}

interface Form {
	readonly custom_id: string;
	readonly components: readonly { component: { custom_id: string; max_length: number; required: boolean } }[];
}

class Refusal extends Error {
	readonly status: number;
	readonly code: number;
	readonly retryAfter: number | undefined;

	constructor(status: number, code: number, message: string, retryAfter?: number) {
		super(message);
		this.status = status;
		this.code = code;
		this.retryAfter = retryAfter;
	}
}

const ROUTES: readonly [string, string, RegExp][] = [
	["gateway", "GET", /^\/gateway\/bot$/],
	["open", "POST", /^\/users\/@me\/channels$/],
	["create", "POST", /^\/channels\/(\d+)\/messages$/],
	["edit", "PATCH", /^\/channels\/(\d+)\/messages\/(\d+)$/],
	["list", "GET", /^\/channels\/(\d+)\/messages$/],
	["callback", "POST", /^\/interactions\/(\d+)\/([\w-]+)\/callback$/],
	["answer", "PATCH", /^\/webhooks\/(\d+)\/([\w-]+)\/messages\/@original$/],
	["application", "GET", /^\/applications\/@me$/],
	["command", "POST", /^\/applications\/(\d+)\/commands$/],
	["uncommand", "DELETE", /^\/applications\/(\d+)\/commands\/(\d+)$/],
];
/** These are known by what is in their address. */
const WITHOUT_TOKEN = ["callback", "answer"];

/**
 * Discord of our own, REST and gateway in version 10, as far as a bot of ours needs them. It keeps every byte that came,
 * refuses what the real one refuses, and lets a person press, write into a form and use a command.
 */
export class DiscordDouble extends ServiceDouble<Call, Shown, Fault> {
	/** Commands that a person can use now. */
	readonly commands = new Map<string, Record<string, unknown>>();
	readonly gateway: GatewayDouble;
	/** To whom the bot may not write. */
	readonly closed = new Set<string>();
	/** Which message had which nonce is known for some minutes only. */
	forgetsNonces = false;
	/** Where the gateway is said to be. */
	gatewayUrl: string | undefined;
	private readonly pressed = new Map<string, Pressed>();
	private count = 0;

	private constructor() {
		super();
		this.gateway = new GatewayDouble(
			TOKEN,
			(session_id) => ({
				v: 10,
				user: BOT,
				guilds: [],
				session_id,
				resume_gateway_url: this.ownGateway,
				shard: [0, 1],
				application: { id: BOT.id, flags: 0 },
			}),
			() => this.wake(),
		);
		this.gateway.attach(this.server);
	}

	static async start(): Promise<DiscordDouble> {
		const double = new DiscordDouble();
		await double.listen();
		return double;
	}

	get url(): string {
		return `${this.origin}/api`;
	}

	private get ownGateway(): string {
		return this.url.replace("http", "ws").replace("/api", "/gateway");
	}

	/** What stands in channels.yaml for this server. */
	settings(more = "", users = `["${OWNER}"]`): string {
		return `discord:\n  token: "${TOKEN}"\n  users: ${users}\n  api_root: ${this.url}\n${more}`;
	}

	/** The next calls of a method, or of any, are answered so. */
	fail(
		status: number,
		{
			method,
			times = 1,
			retry_after = 1,
			code = 0,
		}: Partial<Record<"times" | "retry_after" | "code", number>> & {
			method?: string;
		} = {},
	): void {
		this.faults.push({ method, status, code, times, retryAfter: retry_after });
	}

	override async close(): Promise<void> {
		this.cut();
		this.gateway.close();
		await super.close();
	}

	/** Somebody listens. */
	async listening(sessions = 1): Promise<void> {
		await this.until(() => this.gateway.open >= sessions);
	}

	/** A person presses: what they are told. `more` overrides what the server would vouch for. */
	async press(shown: Shown, label: string, more: Press = {}): Promise<string> {
		const custom_id = more.data ?? shown.buttons.find(({ text }) => text === label)?.custom_id;
		if (custom_id === undefined) throw new Error(`no button ${label}\n${this.transcript()}`);
		return this.told(await this.interact(3, { custom_id, component_type: 2 }, more, shown));
	}

	/** The person opens the form below a card, writes a reason and sends it: what they are told. */
	async write(shown: Shown, text: string, more: Press = {}): Promise<string> {
		const custom_id = shown.buttons.find(({ text }) => text === "Write a reason…")?.custom_id;
		if (custom_id === undefined) throw new Error(`no form\n${this.transcript()}`);
		const asked = await this.interact(3, { custom_id, component_type: 2 }, more, shown);
		const { form } = asked;
		return form ? this.submit(shown, form, text, more) : this.told(asked);
	}

	async submit(shown: Shown, form: Pick<Form, "custom_id">, value: string, more: Press = {}): Promise<string> {
		const field = { type: 18, id: 1, component: { type: 4, id: 2, custom_id: "reason", value } };
		const custom_id = more.data ?? form.custom_id;
		return this.told(await this.interact(5, { custom_id, components: [field] }, more, shown));
	}

	/** Somebody uses the command, in a server or in private. */
	async command(code: string, more: Press = {}): Promise<string> {
		const [id, known] = [...this.commands][0] ?? [];
		if (!known) throw new Error("Discord knows no command.");
		const data = { id, name: known.name, type: 1, options: [{ name: "code", type: 3, value: code }] };
		return this.told(await this.interact(2, data, more));
	}

	/** Everything that was sent to the bot was heard. */
	async heard(): Promise<void> {
		await this.until(() => this.gateway.hasHeardAll());
	}

	/** What Discord would make of what was sent but plain text. */
	links(): string[] {
		return this.calls.flatMap(({ body }) =>
			contentsIn(body).flatMap((content) => rendered(content).match(MARKS) ?? []),
		);
	}

	protected idOf({ id }: Shown): string {
		return id;
	}

	private async interact(type: number, data: object, more: Press, shown?: Shown): Promise<Pressed> {
		const id = this.snowflake();
		const pressed: Pressed = {
			at: Date.now(),
			token: `t${id}`,
			type,
			first: undefined,
			form: undefined,
			said: undefined,
		};
		this.pressed.set(id, pressed);
		const chat = more.chat ?? shown?.chat ?? CHANNEL;
		const isServer = chat.startsWith("8");
		const user = { ...BOT, id: more.from ?? OWNER, username: more.name ?? "zhaocaiwen", bot: more.isBot ?? false };
		const interaction = {
			id,
			application_id: BOT.id,
			type,
			token: pressed.token,
			version: 1,
			data,
			channel_id: chat,
			channel: { id: chat, type: isServer ? 0 : 1 },
			...(isServer ? { guild_id: "9", member: { user, roles: [], permissions: "0" } } : { user }),
			...(shown ? { message: { ...wire({ ...shown, chat }), ...more.message } } : {}),
		};
		this.gateway.dispatch("INTERACTION_CREATE", interaction);
		if (more.twice) this.gateway.repeat();
		await this.until(
			() =>
				pressed.said !== undefined ||
				pressed.form !== undefined ||
				(pressed.first === undefined && Date.now() - pressed.at > WITHIN),
		);
		return pressed;
	}

	private told({ said }: Pressed): string {
		return said ?? FAILED;
	}

	protected async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		let raw = "";
		for await (const chunk of request) raw += chunk;
		const path = (request.url ?? "").replace(/^\/api\/v10/, "").replace(/\?.*$/, "");
		const [method = "", , pattern] = ROUTES.find(([, verb, one]) => verb === request.method && one.test(path)) ?? [];
		const call: Call = {
			method,
			raw: `${request.method} ${request.url} ${raw}`,
			body: (raw === "" ? {} : JSON.parse(raw)) as Record<string, unknown>,
			ids: pattern?.exec(path)?.slice(1) ?? [],
		};
		const [status, answer, headers] = await this.answerTo(call, request.headers.authorization).then(
			(result) => [result === undefined ? 204 : 200, result, {}] as const,
			refusalOf,
		);
		this.wake();
		if (response.destroyed) return;
		const json = answer === undefined ? {} : { "content-type": "application/json" };
		response.writeHead(status, { ...limits(method), ...headers, ...json });
		response.end(answer === undefined ? undefined : JSON.stringify(answer));
	}

	private async answerTo(call: Call, authorization: string | undefined): Promise<unknown> {
		const { method } = call;
		if (method === "") throw new Refusal(404, 0, "404: Not Found");
		if (authorization !== (WITHOUT_TOKEN.includes(method) ? undefined : `Bot ${TOKEN}`))
			throw new Refusal(401, 0, "401: Unauthorized");
		this.calls.push(call);
		await this.before(call);
		this.failIfTold(method);
		const answer = this.carryOut(call);
		this.after(call);
		return answer;
	}

	private failIfTold(method: string): void {
		const fault = this.faultOf(method);
		if (!fault) return;
		const { status, code, retryAfter } = fault;
		throw new Refusal(status, code, MESSAGES[status] ?? "", status === 429 ? retryAfter : undefined);
	}

	private carryOut({ method, body, ids: [first = "", second = ""] }: Call): unknown {
		switch (method) {
			case "gateway":
				return {
					url: this.gatewayUrl ?? this.ownGateway,
					shards: 1,
					session_start_limit: { total: 1000, remaining: 990, reset_after: 60_000, max_concurrency: 1 },
				};
			case "open":
				if (!/^\d{17,20}$/.test(String(body.recipient_id))) throw new Refusal(400, 50033, "Invalid Recipient(s)");
				return { id: privateChannel(String(body.recipient_id)), type: 1 };
			case "create":
				return this.create(first, body);
			case "edit":
				return this.edit(first, second, body);
			case "list":
				return this.messages
					.filter(({ chat }) => chat === first)
					.reverse()
					.map(wire);
			case "callback":
				return this.callback(first, second, body);
			case "answer": {
				const pressed = [...this.pressed.values()].find(({ token, first }) => token === second && first !== undefined);
				if (!pressed) throw new Refusal(404, 10015, "Unknown Webhook");
				this.say(pressed, contentOf(body).text);
				return {};
			}
			case "application":
				return { id: BOT.id, name: "gate" };
			case "command": {
				const id = [...this.commands].find(([, { name }]) => name === body.name)?.[0] ?? this.snowflake();
				this.commands.set(id, body);
				return { ...body, id, application_id: first };
			}
			default:
				if (!this.commands.delete(second)) throw new Refusal(404, 10063, "Unknown application command");
				return undefined;
		}
	}

	/** One first answer, within three seconds. */
	private callback(id: string, token: string, { type, data = {} }: Record<string, unknown>): undefined {
		const pressed = this.pressed.get(id);
		if (!pressed || pressed.token !== token) throw new Refusal(404, 10062, "Unknown interaction");
		if (pressed.first) throw new Refusal(400, 40060, "Interaction has already been acknowledged.");
		if (Date.now() - pressed.at > WITHIN) throw new Refusal(404, 10062, "Unknown interaction");
		const body = data as Record<string, unknown>;
		if (type === 4) {
			const { text } = contentOf(body);
			pressed.first = "said";
			this.say(pressed, text);
		} else if (type === 5) pressed.first = "deferred";
		else if (type === 9 && pressed.type !== 5) {
			const form = body as unknown as Form;
			const isGood = inRange(form.custom_id, 100) && inRange(String(body.title), 45) && form.components.length === 1;
			if (!isGood) throw new Refusal(400, 50035, "Invalid Form Body");
			pressed.first = "form";
			pressed.form = form;
		} else throw new Refusal(400, 50035, "Invalid Form Body");
		return undefined;
	}

	private say(pressed: Pressed, text: string): void {
		pressed.said = text;
		this.answers.push(text);
	}

	private create(chat: string, body: Record<string, unknown>): object {
		const owner = [...this.closed].find((user) => privateChannel(user) === chat);
		if (owner !== undefined) throw new Refusal(403, 50007, "Cannot send messages to this user");
		const { nonce, enforce_nonce: isEnforced } = body as { nonce?: string; enforce_nonce?: boolean };
		if (nonce !== undefined && nonce.length > 25) throw new Refusal(400, 50035, "Invalid Form Body");
		const content = contentOf(body);
		const known =
			isEnforced && !this.forgetsNonces && nonce !== undefined && this.messages.find((one) => one.nonce === nonce);
		if (known) return wire(known);
		const shown: Shown = { chat, id: this.snowflake(), nonce, ...content };
		this.messages.push(shown);
		return wire(shown);
	}

	private edit(chat: string, id: string, body: Record<string, unknown>): object {
		const shown = this.messages.find((one) => one.chat === chat && one.id === id);
		if (!shown) throw new Refusal(404, 10008, "Unknown Message");
		Object.assign(shown, contentOf({ content: shown.content, ...body }));
		return wire(shown);
	}

	private snowflake(): string {
		this.count++;
		return String((BigInt(Date.now() - 1_420_070_400_000) << 22n) + BigInt(this.count));
	}
}

function refusalOf(error: unknown): readonly [number, object, Record<string, string>] {
	if (!(error instanceof Refusal)) throw error;
	const { status, message, code, retryAfter } = error;
	if (retryAfter === undefined) return [status, { message, code }, {}];
	return [status, { message, retry_after: retryAfter, global: false }, { "retry-after": String(retryAfter) }];
}

const MESSAGES: Readonly<Record<number, string>> = {
	401: "401: Unauthorized",
	403: "Missing Access",
	429: "You are being rate limited.",
};

const limits = (bucket: string) => ({
	"x-ratelimit-bucket": bucket,
	"x-ratelimit-limit": "1000",
	"x-ratelimit-remaining": "999",
	"x-ratelimit-reset-after": "1",
});

/** The number of a person's private channel with the bot. */
const privateChannel = (user: string) => `6${user.slice(1)}`;

const wire = ({ chat, id, content, nonce }: Shown) => ({
	id,
	channel_id: chat,
	content,
	author: BOT,
	timestamp: "2026-01-01T00:00:00Z",
	...(nonce === undefined ? {} : { nonce }),
});

const BLOCK = /```(?:([a-z0-9_+\-.#]+?)\n)?\n*([^\n][\s\S]*?)\n*```/gi;
const INLINE = /(`+)([\s\S]*?[^`])\1(?!`)/g;
/** What Discord makes something of, outside of code. */
const MARKS = /https?:|<[@#:/a]|@(?:everyone|here)|[*_~|>[\]]|^#|^-|`/gm;
/** What of a text is not code, as Discord's clients read it. */
export const rendered = (content: string) => content.replace(BLOCK, "").replace(INLINE, "");

const contentsIn = ({ content, data }: Record<string, unknown>) =>
	[content, (data as { content?: unknown } | undefined)?.content].filter((one) => typeof one === "string");

/** As a person reads it. */
export const readOf = (content: string) =>
	content.replace(BLOCK, (_, language, text: string) => (language ?? "") + text).replaceAll("``\u200b", "``");

const inRange = (text: string, most: number) => text.length >= 1 && text.length <= most;

/** What the real server refuses, is refused. */
function contentOf({ content, components = [] }: Record<string, unknown>): Pick<Shown, "text" | "content" | "buttons"> {
	if (typeof content !== "string" || content.trim() === "")
		throw new Refusal(400, 50006, "Cannot send an empty message");
	if (content.length > 2000) throw new Refusal(400, 50035, "Invalid Form Body");
	const rows = components as { components: { label: string; custom_id: string }[] }[];
	const buttons = rows.flatMap((row) => row.components);
	const ids = buttons.map(({ custom_id }) => custom_id);
	const isGood =
		rows.length <= 5 &&
		rows.every((row) => row.components.length >= 1 && row.components.length <= 5) &&
		buttons.every(({ label, custom_id }) => inRange(label, 80) && inRange(custom_id, 100)) &&
		new Set(ids).size === ids.length;
	if (!isGood) throw new Refusal(400, 50035, "Invalid Form Body");
	return {
		content,
		text: readOf(content),
		buttons: buttons.map(({ label: text, custom_id }) => ({ text, custom_id })),
	};
}

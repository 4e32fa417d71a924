import { createInterface, type Interface } from "node:readline";
import { pairPhone } from "../away/pairing.ts";
import { escapeLine } from "../present/escape.ts";
import { type ChannelName, removeChannel } from "../store/channelsFile.ts";
import { realDisk } from "../store/disk.ts";
import { homeAt } from "../store/home.ts";
import { readArguments, UsageError } from "./arguments.ts";

const USAGE = "countersign phone [telegram|discord] [--api-root URL | --remove]";

interface Phone {
	readonly name: string;
	readonly token: string;
	readonly toSend: (code: string, to: string) => string;
}

const PHONES: Readonly<Record<ChannelName, Phone>> = {
	telegram: {
		name: "Telegram",
		token: "Make a bot: write /newbot to @BotFather in Telegram. Then paste its token here: ",
		toSend: (code, bot) =>
			`Open https://t.me/${bot}?start=${code} on your phone and press Start,\nor send the bot: /start ${code}`,
	},
	discord: {
		name: "Discord",
		token:
			"Make a bot: New Application at https://discord.com/developers/applications, then Reset Token on its page Bot. Paste the token here: ",
		toSend: (code, invitation) =>
			`Invite the bot into a server of yours: ${invitation}\nThere, or in a message to the bot, send: /countersign code:${code}\nThe command is new: if Discord does not offer it, restart its app.`,
	},
};

/** Connects a phone. The token comes by stdin: the arguments of a program can be read by everybody on the machine. */
export async function phone(args: string[]): Promise<number> {
	const { values, positionals } = readArguments(
		args,
		{ "api-root": { type: "string" }, remove: { type: "boolean" } },
		USAGE,
	);
	const [by = "telegram", ...more] = positionals;
	if (!isChannel(by) || more.length > 0)
		throw new UsageError(`The token is asked for; it is never an argument.\nUsage: ${USAGE}`);
	const home = homeAt();
	const { name, token, toSend } = PHONES[by];
	if (values.remove) {
		await removeChannel(realDisk, home, by);
		process.stdout.write(`Nobody decides by ${name} any more.\n`);
		return 0;
	}
	const lines = createInterface({ input: process.stdin });
	const answers = new Answers(lines);
	try {
		process.stderr.write(token);
		const found = await pairPhone(by, {
			home,
			token: await answers.next(),
			apiRoot: values["api-root"],
			owner: "serve",
			show: (code, to) => process.stdout.write(`${toSend(code, to)}\nIt is good for five minutes.\n`),
		});
		const who = `${escapeLine(found.name)} (${found.id})`;
		process.stdout.write(`${who} sent the code. Is that you? Type yes: `);
		if ((await answers.next()) !== "yes") throw new Error("No phone was connected. Somebody else may know the bot.");
		await found.connect({});
		process.stdout.write(`${who} decides by ${name} from now on. Who may is in ${home.channels}.\n`);
		return 0;
	} finally {
		lines.close();
		// An open stdin would keep the process alive.
		process.stdin.destroy();
	}
}

const isChannel = (word: string): word is ChannelName => Object.hasOwn(PHONES, word);

/** What is typed, a line at a time; at the end of the input nothing. */
class Answers {
	private readonly lines: AsyncIterator<string>;

	constructor(lines: Interface) {
		this.lines = lines[Symbol.asyncIterator]();
	}

	async next(): Promise<string> {
		const { value, done } = await this.lines.next();
		return done ? "" : value.trim();
	}
}

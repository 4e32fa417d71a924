import { createInterface } from "node:readline";
import { pairDiscord } from "../away/discordPairing.ts";
import { pairPhone } from "../away/pairing.ts";
import { type Home, homeAt } from "../store/home.ts";
import { readArguments, UsageError } from "./arguments.ts";

const USAGE = "countersign phone [telegram|discord] [--api-root URL]";

/** Connects a phone. The token comes by stdin: the arguments of a program can be read by everybody on the machine. */
export async function phone(args: string[]): Promise<number> {
	const { values, positionals } = readArguments(args, { "api-root": { type: "string" } }, USAGE);
	const [by = "telegram", ...more] = positionals;
	if (!Object.hasOwn(PHONES, by) || more.length > 0)
		throw new UsageError(`The token is asked for; it is never an argument.\nUsage: ${USAGE}`);
	const home = homeAt();
	const { name, user, words } = await PHONES[by as keyof typeof PHONES](home, values["api-root"]);
	process.stdout.write(`${name} (${user}) decides by ${words} from now on. Who may is in ${home.channels}.\n`);
	return 0;
}

type Connected = { name: string; user: number | string; words: string };

const PHONES = {
	async telegram(home: Home, apiRoot: string | undefined): Promise<Connected> {
		process.stderr.write("Make a bot: write /newbot to @BotFather in Telegram. Then paste its token here: ");
		const token = await firstLine();
		const show = (code: string, bot: string) =>
			process.stdout.write(
				`Open https://t.me/${bot}?start=${code} on your phone and press Start,\nor send the bot: /start ${code}\nIt is good for five minutes.\n`,
			);
		return { ...(await pairPhone({ home, token, apiRoot, show })), words: "Telegram" };
	},
	async discord(home: Home, apiRoot: string | undefined): Promise<Connected> {
		process.stderr.write(
			"Make a bot: New Application at https://discord.com/developers/applications, then Reset Token on its page Bot. Paste the token here: ",
		);
		const token = await firstLine();
		const show = (code: string, invitation: string) =>
			process.stdout.write(
				`Invite the bot into a server of yours: ${invitation}\nThere, or in a message to the bot, send: /countersign code:${code}\nIt is good for five minutes. The command is new: if Discord does not offer it, restart its app.\n`,
			);
		return { ...(await pairDiscord({ home, token, apiRoot, show })), words: "Discord" };
	},
};

function firstLine(): Promise<string> {
	const lines = createInterface({ input: process.stdin });
	return new Promise((resolve) => {
		lines.once("line", (line) => {
			resolve(line.trim());
			lines.close();
			// An open stdin would keep the process alive.
			process.stdin.destroy();
		});
		lines.once("close", () => resolve(""));
	});
}

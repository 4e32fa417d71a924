import { createInterface, type Interface } from "node:readline";
import { pairPhone } from "../away/pairing.ts";
import { escapeLine } from "../present/escape.ts";
import { removeTelegram } from "../store/channelsFile.ts";
import { realDisk } from "../store/disk.ts";
import { homeAt } from "../store/home.ts";
import { readArguments, UsageError } from "./arguments.ts";

const USAGE = "countersign phone [--api-root URL | --remove]";

/** Connects a phone. The token comes by stdin: the arguments of a program can be read by everybody on the machine. */
export async function phone(args: string[]): Promise<number> {
	const { values, positionals } = readArguments(
		args,
		{ "api-root": { type: "string" }, remove: { type: "boolean" } },
		USAGE,
	);
	if (positionals.length > 0) throw new UsageError(`The token is asked for; it is never an argument.\nUsage: ${USAGE}`);
	const home = homeAt();
	if (values.remove) {
		await removeTelegram(realDisk, home);
		process.stdout.write("Nobody decides by Telegram any more.\n");
		return 0;
	}
	const lines = createInterface({ input: process.stdin });
	const answers = new Answers(lines);
	try {
		process.stderr.write("Make a bot: write /newbot to @BotFather in Telegram. Then paste its token here: ");
		const { id, name, connect } = await pairPhone({
			home,
			token: await answers.next(),
			apiRoot: values["api-root"],
			owner: "serve",
			show: (code, bot) =>
				process.stdout.write(
					`Open https://t.me/${bot}?start=${code} on your phone and press Start,\nor send the bot: /start ${code}\nIt is good for five minutes.\n`,
				),
		});
		const who = `${escapeLine(name)} (${id})`;
		process.stdout.write(`${who} sent the code. Is that you? Type yes: `);
		if ((await answers.next()) !== "yes") throw new Error("No phone was connected. Somebody else may know the bot.");
		await connect({});
		process.stdout.write(`${who} decides by Telegram from now on. Who may is in ${home.channels}.\n`);
		return 0;
	} finally {
		lines.close();
		// An open stdin would keep the process alive.
		process.stdin.destroy();
	}
}

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

import { createInterface } from "node:readline";
import { pairPhone } from "../away/pairing.ts";
import { homeAt } from "../store/home.ts";
import { readArguments, UsageError } from "./arguments.ts";

const USAGE = "countersign phone [--api-root URL]";

/** Connects a phone. The token comes by stdin: the arguments of a program can be read by everybody on the machine. */
export async function phone(args: string[]): Promise<number> {
	const { values, positionals } = readArguments(args, { "api-root": { type: "string" } }, USAGE);
	if (positionals.length > 0) throw new UsageError(`The token is asked for; it is never an argument.\nUsage: ${USAGE}`);
	const home = homeAt();
	process.stderr.write("Make a bot: write /newbot to @BotFather in Telegram. Then paste its token here: ");
	const token = await firstLine();
	const { name, user } = await pairPhone({
		home,
		token,
		apiRoot: values["api-root"],
		show: (code, bot) =>
			process.stdout.write(
				`Open https://t.me/${bot}?start=${code} on your phone and press Start,\nor send the bot: /start ${code}\nIt is good for five minutes.\n`,
			),
	});
	process.stdout.write(`${name} (${user}) decides by Telegram from now on. Who may is in ${home.channels}.\n`);
	return 0;
}

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

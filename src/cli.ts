import { messageOf } from "./base/errors.ts";
import { UsageError } from "./cli/arguments.ts";

/** A subcommand takes its arguments and gives an exit code. Each is loaded when it is called. */
const COMMANDS: Readonly<Record<string, { does: string; load: () => Promise<(args: string[]) => Promise<number>> }>> = {
	serve: { does: "own the gate of this folder", load: async () => (await import("./cli/serve.ts")).serve },
	connect: { does: "put an agent behind the gate", load: async () => (await import("./cli/connect.ts")).connect },
	disconnect: {
		does: "take an agent's hooks out again",
		load: async () => (await import("./cli/connect.ts")).disconnect,
	},
	doctor: {
		does: "try whether each agent is really gated",
		load: async () => (await import("./cli/doctor.ts")).doctor,
	},
	phone: {
		does: "decide from your phone (Telegram, Discord)",
		load: async () => (await import("./cli/phone.ts")).phone,
	},
	hook: { does: "answer an agent's hook (stdin)", load: async () => (await import("./cli/hook/command.ts")).hook },
	request: { does: "ask from a script", load: async () => (await import("./cli/request.ts")).request },
	pending: { does: "list what waits", load: async () => (await import("./cli/pending.ts")).pending },
	revert: { does: "how to put back what was changed", load: async () => (await import("./cli/revert.ts")).revert },
	log: { does: "print what happened", load: async () => (await import("./cli/log.ts")).log },
	verify: { does: "prove the audit log", load: async () => (await import("./cli/verify.ts")).verify },
};

async function main([name = "help", ...args]: string[]): Promise<number> {
	const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
	if (command) return (await command.load())(args);
	const list = Object.entries(COMMANDS).map(([word, { does }]) => `  countersign ${word.padEnd(11)} ${does}`);
	const help = `A human signature between an AI agent and anything it cannot take back.\n\n${list.join("\n")}\n`;
	if (["help", "--help", "-h"].includes(name)) {
		process.stdout.write(help);
		return 0;
	}
	throw new UsageError(`There is no command ${JSON.stringify(name)}.\n\n${help}`);
}

main(process.argv.slice(2)).then(
	(code) => {
		process.exitCode = code;
	},
	(error) => {
		process.stderr.write(`countersign: ${messageOf(error)}\n`);
		process.exitCode = 2;
	},
);

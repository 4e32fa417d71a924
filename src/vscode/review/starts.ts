import type { ShellPort } from "../../core/policy/shell.ts";
import type { Request } from "../../core/request.ts";
import { describeShell } from "../../present/shell.ts";
import { resolveExecutable } from "../../shell/executables.ts";
import type { StartsOf } from "./view.ts";

/** What a command would start, with the files that its names stand for on this machine. */
export const startsBy =
	(shell: ShellPort): StartsOf =>
	async ({ action, plan }: Request) => {
		if (action.tool !== "shell_execute" || action.command === undefined) return [];
		const reading = await shell.read(action.command);
		if (!reading) return ["its text is not understood: read it word by word"];
		return describeShell(reading, (name) => resolveExecutable(name, plan.cwd, process.env.PATH ?? ""));
	};

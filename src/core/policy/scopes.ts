import { dirname, extname } from "node:path";
import { factsOf, type Request } from "../request.ts";
import { type Allow, allowRule, allowSchema } from "./allowRules.ts";
import { HELD, isInside } from "./evaluate.ts";
import type { Part } from "./parts.ts";
import type { Policy } from "./policy.ts";
import { neverARule } from "./programs.ts";

/** What a rule covers, without when and how often. */
export type Scope = Omit<Allow, "id" | "effect" | "workspace" | "session" | "times" | "expires" | "paused">;

/** What a rule for this could cover, the narrowest first: each of them covers it, and could stand in a policy. */
export function scopesOf(part: Part, folder: string): readonly Scope[] {
	return possible(part, folder).filter((scope) => {
		const rule = allowSchema.safeParse({ id: "new", effect: "allow", ...scope });
		return rule.success && allowRule(rule.data, folder).covers(part);
	});
}

function possible(part: Part, folder: string): Scope[] {
	switch (part.tool) {
		case "shell_execute": {
			const { tool, argv } = part;
			if (part.cwd === folder) return [{ tool, argv: [...argv] }];
			return isInside(part.cwd, folder) ? [{ tool, argv: [...argv], cwd: within(part.cwd, folder) }] : [];
		}
		case "api_call": {
			const { protocol, host } = new URL(part.origin);
			const scheme = protocol === "https:" ? "https" : "http";
			return [{ tool: part.tool, scheme, host, method: part.method }];
		}
		case "mcp_call":
			return [
				{ tool: part.tool, server: part.server, name: part.name, arguments: part.arguments as Scope["arguments"] },
			];
		default:
			return globsOf(part.paths, folder).map((path) => ({ tool: part.tool, path }));
	}
}

/** Exactly these, their folder's files of that kind, those in all folders below it, and everything below it. */
function globsOf(paths: readonly string[], folder: string): string[] {
	const named = [...new Set(paths)].map((path) => literally(within(path, folder)));
	const [first = "", ...others] = named;
	if (others.length > 0) {
		const shared = others.every((other) => dirname(other) === dirname(first)) ? dirname(first) : ".";
		return [`{${named.join(",")}}`, ...(shared === "." ? [] : [`${shared}/**`])];
	}
	const inside = dirname(first) === "." ? "" : `${dirname(first)}/`;
	const kind = extname(first);
	return [
		first,
		...(kind ? [`${inside}*${kind}`, `${inside}**/*${kind}`] : []),
		// Everything in the workspace is no rule that a person would want to make in passing.
		...(inside ? [`${inside}**`] : []),
	];
}

const within = (path: string, folder: string) =>
	isInside(path, folder) && path !== folder ? path.slice(folder.replace(/\/$/, "").length + 1) : path;

const literally = (path: string) => path.replace(/[\\*?[\]{}!+@|^$,]/g, "\\$&");

/**
 * Why no rule would ever let this pass, in a sentence; undefined: one could.
 * @param parts as `partsOf` tells them
 */
export function whyNoRule(request: Request, parts: readonly Part[] | undefined, policy: Policy): string | undefined {
	const { action, plan, identity } = request;
	if (UNREADABLE[action.tool]) return UNREADABLE[action.tool];
	if (plan.tier === "high" || plan.tier === "protected") {
		return `It is ${plan.tier}, and what is ${plan.tier} is never let through by a rule.${[" ", ...plan.why].join(" ").trimEnd()}`;
	}
	const strict = policy.rules.find((rule) => rule.matches(action, factsOf(request), identity.agent));
	if (strict || plan.denial) {
		const id = strict?.id ?? plan.denial?.ruleId;
		return `The rule ${id} ${strict?.effect === "ask" ? "asks" : "denies"}, and that counts for more than a rule that allows.`;
	}
	const lasting = plan.why.find((why) => why !== HELD && !why.startsWith("You refused"));
	if (lasting !== undefined) return `A person has to see it: ${lasting}`;
	if (parts === undefined || parts.length === 0) return unclear(request);
	return undefined;
}

/** Why none can be made of this part, although it can be told what it does. */
export function whyNoScope(part: Part, folder: string): string {
	if (part.tool === "shell_execute") {
		const never = neverARule(part.argv);
		if (never !== undefined) return never;
		if (!isInside(part.cwd, folder)) return "It starts in a folder outside of the workspace.";
		return "One of its words holds a blank, a quote or an operator: a rule names plain words only.";
	}
	if (part.tool === "mcp_call") return "Its arguments are nothing that a policy can hold.";
	return "Its name holds characters that a rule cannot say.";
}

const UNREADABLE: Partial<Record<Request["action"]["tool"], string>> = {
	custom: "What this tool does cannot be told from its arguments: a person has to look each time.",
	send_message: "What a message says is for a person to read, each time.",
	log_write: "Logging passes or asks as a whole: the policy's free says which.",
};

function unclear({ action }: Request): string {
	if (action.tool === "shell_execute") {
		if (Object.keys(action.env ?? {}).length > 0)
			return "It sets variables, by which a command can become another one.";
		return OPERATORS.find(([sign]) => sign.test(action.command ?? ""))?.[1] ?? UNPLAIN;
	}
	if (action.tool === "api_call") {
		return "Its address or its headers can be read in more than one way: no rule can say where it goes.";
	}
	return "It is about a folder, a link, a device or a name that could be read as another one: no rule speaks of those.";
}

const UNPLAIN = "The command is more than plain words: what it runs cannot be told from its text to the last letter.";

const OPERATORS: readonly (readonly [RegExp, string])[] = [
	[/[<>]/, "A command that reads or writes files by < or > does more than its words say: no rule covers it."],
	[/[$`*?[{~]/, "A command with $, ` or a wildcard becomes another one when it runs: no rule covers it."],
];

import { resolve } from "node:path";
import type { Action } from "../../protocol/action.ts";
import type { PathFacts } from "../ports.ts";
import { foldPath, hasShortName } from "./fold.ts";
import type { Policy, PolicyRule } from "./policy.ts";
import { isP0, isP1, isSecret } from "./protectedPaths.ts";
import { spellings } from "./rules.ts";
import { argvsOf, type ShellReading } from "./shell.ts";

export type Effect = "allow" | "ask" | "deny";
export type Tier = "free" | "normal" | "high" | "protected";

export interface Verdict {
	readonly effect: Effect;
	readonly tier: Tier;
	/** Who says so when no person was asked: a rule id. */
	readonly ruleId: string | null;
	/** Of a rule that denies: what the agent is told. */
	readonly reason?: string | undefined;
	/** Why it is not simply normal, in sentences for the reviewer. */
	readonly why: readonly string[];
}

/** What the policy must know of where it stands. */
export interface Place {
	readonly folder: string;
	/** COUNTERSIGN_HOME: the gate's own files, always protected. */
	readonly home: string;
}

/** Why something waits that would pass otherwise. */
export const HELD = "The gate is paused; it would pass otherwise.";

const ORDER: readonly Tier[] = ["free", "normal", "high", "protected"];

/**
 * The most restrictive of all that applies: a rule that denies, then one that asks, then what the tool and its target are.
 * Nothing here allows but the two free tools. `agent` is a claim, by which a rule may be narrower.
 */
export function evaluate(
	action: Action,
	paths: readonly PathFacts[],
	policy: Policy,
	place: Place,
	agent = "",
): Verdict {
	return withRules(evaluateAlone(action, paths, policy, place), action, paths, policy, agent);
}

function withRules(
	verdict: Verdict,
	action: Action,
	paths: readonly PathFacts[],
	policy: Policy,
	agent: string,
): Verdict {
	if (verdict.effect === "deny") return verdict;
	const matching = rulesFor(policy.rules, action.tool).filter((rule) => rule.matches(action, paths, agent));
	const rule = matching.find(({ effect }) => effect === "deny") ?? matching[0];
	if (!rule) return verdict;
	const { id, effect, reason } = rule;
	const whose = WHOSE[rule.from];
	const why = [
		...verdict.why,
		reason === undefined ? `${whose} rule ${id} says so.` : `${whose} rule ${id}: ${reason}`,
	];
	const tier = verdict.tier === "free" ? "normal" : verdict.tier;
	return { effect, tier, ruleId: id, reason, why };
}

/** Of each policy's rules, by tool: a free read must not pay for what is about something else. */
const indexes = new WeakMap<readonly PolicyRule[], ReadonlyMap<string, readonly PolicyRule[]>>();
const NO_RULES: readonly PolicyRule[] = [];

/** Those that may be about a tool, in their order. Several changes in one may be of any tool. */
function rulesFor(rules: readonly PolicyRule[], tool: Action["tool"]): readonly PolicyRule[] {
	if (rules.length === 0 || tool === "changes") return rules;
	let index = indexes.get(rules);
	if (!index) {
		index = new Map(rules.map(({ tool }) => [tool, rules.filter((rule) => rule.tool === tool)]));
		indexes.set(rules, index);
	}
	return index.get(tool) ?? NO_RULES;
}

const WHOSE = { user: "Your", repository: "The repository's", managed: "Your organization's" } as const;

function evaluateAlone(action: Action, paths: readonly PathFacts[], policy: Policy, place: Place): Verdict {
	if (action.tool === "file_read" || action.tool === "log_write") return evaluateFree(action, paths, policy, place);
	let tier: Tier = "normal";
	const why: string[] = [];
	const raise = (to: Tier, because: string) => {
		if (ORDER.indexOf(to) > ORDER.indexOf(tier)) tier = to;
		why.push(because);
	};
	for (const facts of paths) judgePath(facts, policy, place, raise);
	const parts = action.tool === "changes" ? action.changes : [action];
	const moves = parts.some((part) => part.tool === "file_rename");
	if (moves && paths.some((facts) => facts.kind === "directory")) {
		raise("high", "It moves a folder with everything in it.");
	}
	if (parts.some((part) => part.tool === "file_delete" && part.recursive)) {
		raise("high", "It deletes a folder with everything in it.");
	}
	if (action.tool === "shell_execute" && touchesGate(action, place)) {
		raise("protected", "The command touches Countersign itself.");
	}
	return { effect: "ask", tier, ruleId: null, why };
}

function evaluateFree(action: Action, paths: readonly PathFacts[], policy: Policy, place: Place): Verdict {
	const secret = paths.some((facts) => spellings(facts).some((path) => isSecret(path) || isKeyStore(path, place)));
	if (secret)
		return { effect: "ask", tier: "high", ruleId: null, why: ["It reads a file that holds keys, tokens or secrets."] };
	if (!policy.free.has(action.tool) || policy.requireApproval.has(action.tool)) {
		return { effect: "ask", tier: "normal", ruleId: null, why: [] };
	}
	if (policy.isPaused) return { effect: "ask", tier: "normal", ruleId: null, why: [HELD] };
	return { effect: "allow", tier: "free", ruleId: "free", why: [] };
}

/** The rules see each command that the text would start, also those inside another one. */
export function evaluateCommands(
	verdict: Verdict,
	reading: ShellReading | undefined,
	policy: Policy,
	asked: { readonly action: Action; readonly agent: string },
): Verdict {
	let strictest = verdict;
	for (const argv of reading ? argvsOf(reading) : []) {
		const ruled = withRules(verdict, { tool: "shell_execute", argv }, [], policy, asked.agent);
		if (ruled.effect === "deny" || strictest.ruleId === null) strictest = ruled;
	}
	return strictest;
}

/** What goes with a folder counts as if it were named: protection is of the file, not of the way it goes. */
export function evaluateInside(
	verdict: Verdict,
	folder: PathFacts,
	names: readonly string[],
	policy: Policy,
	place: Place,
	asked: { readonly action: Action; readonly agent: string },
): Verdict {
	const inside = names.map((name) => {
		const [lexical, canonical] = [`${folder.lexical}/${name}`, `${folder.canonical}/${name}`];
		return { ...folder, lexical, canonical };
	});
	const ruled = withRules(verdict, asked.action, inside, policy, asked.agent);
	const roots = spellings(folder);
	const home = foldPath(place.home);
	const isGuarded = (path: string) => isP0(path) || policy.isProtected(path) || path === home;
	const guarded = names.find((name) => roots.some((root) => isGuarded(foldPath(`${root}/${name}`))));
	if (guarded === undefined) return ruled;
	return {
		...ruled,
		tier: "protected",
		why: [...ruled.why, `${folder.canonical} holds ${guarded}, which is protected.`],
	};
}

function judgePath(facts: PathFacts, policy: Policy, place: Place, raise: (to: Tier, because: string) => void): void {
	const paths = spellings(facts);
	if (paths.some((path) => isP0(path) || isInside(path, foldPath(place.home)))) {
		raise("protected", `${facts.canonical} configures an agent, an editor or this gate.`);
	} else if (paths.some((path) => policy.isProtected(path))) {
		raise("protected", `${facts.canonical} is protected by your policy.`);
	} else if (paths.some(isP1)) {
		raise("high", `${facts.canonical} can run code or holds credentials.`);
	}
	if (![place.folder, ...policy.roots].some((root) => isInside(facts.canonical, root))) {
		raise("high", `${facts.canonical} lies outside the workspace.`);
	}
	if (hasShortName(facts.lexical)) raise("high", "The path holds a short (8.3) name, which may be another file's.");
	if (facts.kind === "file" && facts.nlink > 1) {
		raise("high", `The file has ${facts.nlink} names (hard links); the others keep the old content.`);
	}
	if (facts.mode & 0o6000) raise("high", "The file is setuid or setgid; that bit will be dropped.");
	if (facts.kind === "file" && (facts.mode & 0o222) === 0) raise("high", "The file is read-only.");
}

/** A command that starts, installs or removes the gate, or works on its files, may only be approved in the editor. */
function touchesGate({ command, argv, cwd }: Extract<Action, { tool: "shell_execute" }>, place: Place): boolean {
	const given = command ?? argv?.join(" ") ?? "";
	// Quotes and backslashes join words for a shell; they do not part them.
	const plain = given.replace(/["'\\]/g, "");
	const start = foldPath(resolve(place.folder, cwd ?? ""));
	if (startsGate(plain) || isInside(start, foldPath(place.home))) return true;
	const home = place.home.toLowerCase();
	const texts = [given.toLowerCase(), plain.toLowerCase(), start];
	return texts.some((text) => text.includes(home) || text.includes(".countersign"));
}

const GATE_NAME = /countersign(?:-hook)?(?:\.(?:cmd|exe|js|cjs|ps1))?\s/i;
const GATE_VERB = /\s(?:serve|hook|connect|disconnect)\b/i;

/** In two steps: one pattern for both would take a second for 100 KiB of `countersign countersign …`. */
function startsGate(command: string): boolean {
	const name = GATE_NAME.exec(command);
	return name !== null && GATE_VERB.test(command.slice(name.index));
}

/** The gate's own files hold its key, its token and what every session asked for. */
const isKeyStore = (path: string, place: Place) => {
	const home = foldPath(place.home);
	return isInside(path, home) || isInside(home, path);
};

/** Whether `path` is `root` or below it, by components: `/ws-evil` is not below `/ws`. */
export function isInside(path: string, root: string): boolean {
	return path === root || path.startsWith(root.endsWith("/") ? root : `${root}/`);
}

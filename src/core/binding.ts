import { canonicalJson, type Json } from "../base/canonicalJson.ts";
import { sha256 } from "../base/hash.ts";
import type { Action } from "../protocol/action.ts";
import type { Apply } from "../protocol/messages.ts";
import type { PathFacts } from "./ports.ts";
import type { Identity, Plan } from "./request.ts";

/** SHA-256 over the canonical JSON of the action: the same action in any spelling of its JSON. */
export function digestOf(action: Action): string {
	return sha256(canonicalJson(action as Json));
}

interface Bound {
	readonly id: string;
	readonly identity: Identity;
	readonly apply: Apply;
	readonly actionDigest: string;
	readonly salt: string;
	readonly plan: Plan;
}

/**
 * The digest of exactly what is shown and will be done: the action, where it starts, and of every target its
 * identity, the bytes that are there and the bytes that will be. Versioned; another version never matches.
 */
export function bindingOf(request: Bound, folder: string): string {
	const { plan } = request;
	const bound: Json = {
		v: 1,
		request: request.id,
		agent: request.identity.agent,
		session: request.identity.session,
		folder,
		apply: request.apply,
		actionDigest: request.actionDigest,
		salt: request.salt,
		cwd: plan.cwd,
		paths: plan.paths.map(identityOf),
		targets: plan.targets.map((target) => ({
			change: target.change,
			...identityOf(target.facts),
			base: target.base?.sha256 ?? null,
			proposed: target.proposed?.sha256 ?? null,
			listing: target.listing?.digest ?? null,
			problem: target.problem ?? null,
			...(target.mode === undefined ? {} : { mode: target.mode }),
		})),
	};
	return sha256(`countersign/binding/v1\n${canonicalJson(bound)}`);
}

/** Not the file's own inode: a file saved again with the same bytes is the same base. Its folders' inodes are in `parents`. */
const identityOf = (facts: PathFacts) => ({
	lexical: facts.lexical,
	canonical: facts.canonical,
	kind: facts.kind,
	mode: facts.mode,
	nlink: facts.kind === "file" ? facts.nlink : 0,
	parents: facts.parents,
});

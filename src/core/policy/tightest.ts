import { sha256 } from "../../base/hash.ts";
import type { Policy } from "./policy.ts";

/** Of several policies that hold at once, the most restrictive of everything. What allows is the first one's alone. */
export function tightest(first: Policy, ...others: readonly Policy[]): Policy {
	return others.reduce(tighten, first);
}

function tighten(one: Policy, other: Policy): Policy {
	const free = [...one.free].filter((word) => other.free.has(word));
	return {
		hash: sha256(`${one.hash} ${other.hash}`),
		requireApproval: new Set([...one.requireApproval, ...other.requireApproval]),
		free: new Set(free),
		channels: one.channels,
		remindAfter: one.remindAfter,
		expireAfter: sooner(one.expireAfter, other.expireAfter),
		roots: one.roots,
		protect: [...one.protect, ...other.protect],
		isProtected: (path) => one.isProtected(path) || other.isProtected(path),
		rules: [...one.rules, ...other.rules],
		allows: one.allows,
		alwaysAsks: new Set([...(one.alwaysAsks ?? []), ...other.requireApproval]),
	};
}

/** While a change of the user's own file waits for a person: what either of the two would ask asks, and nothing is allowed. */
export function whileWaiting(adopted: Policy, proposed: Policy): Policy {
	return {
		...tighten(adopted, proposed),
		channels: adopted.channels.filter((channel) => proposed.channels.includes(channel)),
		roots: adopted.roots.filter((root) => proposed.roots.includes(root)),
		allows: [],
	};
}

function sooner(one: Policy["expireAfter"], other: Policy["expireAfter"]): Policy["expireAfter"] {
	if (one === null || other === null) return one ?? other;
	return one.ms <= other.ms ? one : other;
}

import type { Request, Target } from "../../../src/core/request.ts";
import type { Action } from "../../../src/protocol/action.ts";

/** A waiting request as the gate would hold it, for what only reads it. */
export function requestLike(action: Action, target: Partial<Target> = {}, more: Partial<Request> = {}): Request {
	const path = "path" in action ? action.path : undefined;
	const base = { sha256: "0".repeat(64), size: 3 };
	const facts = {
		given: path ?? "",
		lexical: path ?? "",
		canonical: path ?? "",
		kind: "file" as const,
		dev: 1,
		ino: 1,
		mode: 0o644,
		nlink: 1,
		size: 3,
		parents: "",
	};
	const change = action.tool === "file_delete" ? ("delete" as const) : ("write" as const);
	return {
		id: "a".repeat(32),
		key: "k",
		identity: { agent: "agent", session: "s" },
		action,
		actionDigest: "",
		apply: "gate",
		takesEdits: true,
		requestedAt: 0,
		seq: 7,
		salt: "",
		revision: 1,
		plan: {
			cwd: "/w",
			targets: path === undefined ? [] : [{ change, facts, base, proposed: null, ...target }],
			paths: [],
			tier: "normal",
			why: [],
		},
		binding: "b".repeat(64),
		status: "waiting",
		outcome: null,
		...more,
	};
}

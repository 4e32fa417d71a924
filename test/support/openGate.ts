import type { Gate } from "../../src/core/gate.ts";
import { type OwnOptions, openGate } from "../../src/owner/ownFolder.ts";
import type { Action } from "../../src/protocol/action.ts";
import { homeAt } from "../../src/store/home.ts";
import type { Place } from "./gateProcess.ts";

/** A gate in this process, on the real disk, without an endpoint. `warnings`: what its people were told. */
export async function openTestGate(place: Place, options: Partial<OwnOptions> = {}) {
	const warnings: string[] = [];
	const opened = await openGate({
		home: homeAt(place.home),
		workspace: place.workspace,
		owner: "serve",
		version: "0",
		adapters: [],
		tcp: false,
		warn: (message) => warnings.push(message),
		...options,
	});
	return { ...opened, warnings };
}

let asked = 0;

/** What becomes of an action that an agent asks for: `passed`, or the status of its request. Nothing is left waiting. */
export async function statusOf(gate: Gate, action: Action): Promise<string> {
	const submission = await gate.submit(
		{ agent: "test", session: "s" },
		{ key: `status-${++asked}`, action, apply: "agent" },
	);
	if (submission.kind === "passed") return "passed";
	const { status, id } = submission.request;
	if (status === "waiting") await gate.cancel(id);
	return status;
}

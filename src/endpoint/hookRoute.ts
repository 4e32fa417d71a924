import type { ServerResponse } from "node:http";
import { messageOf } from "../base/errors.ts";
import type { Gate } from "../core/gate.ts";
import type { AskEvent, HookAdapter, HookAnswer, ReportEvent } from "../core/hookAdapter.ts";
import { keyOf } from "../core/request.ts";
import type { RequestState } from "../protocol/messages.ts";
import { Problem } from "../protocol/problem.ts";
import { parseJson } from "./parse.ts";

/** What the hook process is told besides its answer. See `frame` for the form. */
export interface HookLine {
	/** The request waits; a hook that loses the gate resumes with this. */
	ticket(id: string): void;
}

/**
 * From an agent's raw hook payload to its native answer. An error of any kind is a denial in the agent's own words;
 * nothing here can end in an allow but a free action or an approved request.
 */
export class HookRoute {
	private readonly gate: Gate;
	private readonly randomId: () => string;
	/** Later call ids of a request that was taken up again. */
	private readonly aliases = new Map<string, string>();

	constructor(gate: Gate, randomId: () => string) {
		this.gate = gate;
		this.randomId = randomId;
	}

	/** `deadlineMs`: when the agent would give up, less a margin; then it is denied with a ticket. */
	async answer(
		adapter: HookAdapter,
		body: Uint8Array,
		deadlineMs: number,
		line: HookLine,
		gone: AbortSignal,
	): Promise<HookAnswer> {
		return orDeny(adapter, gone, async () => {
			const event = adapter.parse(parseJson(body));
			if (event.kind === "note") return adapter.free();
			if (event.kind === "report") {
				await this.report(event);
				return adapter.free();
			}
			return this.ask(adapter, event, deadlineMs, line, gone);
		});
	}

	/** A hook that lost the gate while it waited. */
	async resume(adapter: HookAdapter, id: string, deadlineMs: number, gone: AbortSignal): Promise<HookAnswer> {
		return orDeny(adapter, gone, async () => {
			const request = this.gate.require(id);
			if (request.identity.agent !== adapter.agent)
				throw new Problem("not_found", `There is no request ${id} of ${adapter.agent}.`);
			return this.wait(adapter, eventOf(request), id, deadlineMs, gone);
		});
	}

	private async ask(
		adapter: HookAdapter,
		event: AskEvent,
		deadlineMs: number,
		line: HookLine,
		gone: AbortSignal,
	): Promise<HookAnswer> {
		const { identity, action, intent, takesEdits } = event;
		const callId = event.callId ?? this.randomId();
		let request = this.gate.resumable(identity, action);
		if (request) this.aliases.set(keyOf(identity, callId), request.id);
		else {
			const params = { key: callId, action, apply: "agent" as const, takesEdits, ...(intent ? { intent } : {}) };
			const submission = await this.gate.submit(identity, params);
			if (submission.kind === "passed") return adapter.free();
			request = submission.request;
			if (request.outcome === "executing")
				return adapter.deny("This very call was allowed already. Do not make it twice.");
		}
		line.ticket(request.id);
		return this.wait(adapter, event, request.id, deadlineMs, gone);
	}

	private async wait(
		adapter: HookAdapter,
		event: AskEvent,
		id: string,
		deadlineMs: number,
		gone: AbortSignal,
	): Promise<HookAnswer> {
		const deadline = new AbortController();
		const timer = setTimeout(() => deadline.abort(), Math.min(deadlineMs, 2_147_483_647));
		try {
			const state = await this.gate.verdict(id, AbortSignal.any([gone, deadline.signal]));
			await this.gate.redeemed(id);
			return this.say(adapter, event, state);
		} catch (error) {
			if (gone.aborted || !deadline.signal.aborted) throw error;
			await this.gate.ticket(id);
			return adapter.deny(stillWaiting(id));
		} finally {
			clearTimeout(timer);
		}
	}

	private say(adapter: HookAdapter, event: AskEvent, state: RequestState): HookAnswer {
		const { decision, outcome, detail } = state;
		if (state.status !== "approved") {
			const why = decision?.reason ? `: ${decision.reason}` : ".";
			return adapter.deny(
				`${decision?.by ?? "A person"} ${state.status} this${why}${/[.!?]$/.test(why) ? "" : "."} Do not try to get the same effect in another way; ask the user, or go on without it.`,
			);
		}
		if (outcome === "executing") return adapter.allow(event, state);
		if (outcome === "executed" && decision?.edited) {
			return adapter.deny(
				"Approved with changes: the reviewer wrote a changed version of this file. It is done; read the file again before you go on.",
			);
		}
		if (outcome === "executed") return adapter.deny("This was approved and done already. Do not do it again.");
		return adapter.deny(
			`It was approved, but did not run: ${detail ?? outcome ?? "unknown"}. Read what is there now and ask again.`,
		);
	}

	private async report(event: ReportEvent): Promise<void> {
		const { identity, callId, outcome, detail } = event;
		const key = callId === null ? undefined : keyOf(identity, callId);
		const alias = key === undefined ? undefined : this.aliases.get(key);
		const request = alias ? this.gate.register.get(alias) : key ? this.gate.register.byKey(key) : undefined;
		if (!request) return;
		if (key) this.aliases.delete(key);
		await this.gate.report(request.id, outcome, detail);
	}
}

/** Whatever goes wrong is a denial in the agent's own words, as long as somebody is there to read it. */
async function orDeny(adapter: HookAdapter, gone: AbortSignal, answer: () => Promise<HookAnswer>): Promise<HookAnswer> {
	try {
		return await answer();
	} catch (error) {
		if (gone.aborted) throw error;
		return adapter.deny(error instanceof Problem ? error.message : `The gate failed: ${messageOf(error)}`);
	}
}

const stillWaiting = (id: string) =>
	`A person has not decided yet (ticket ${id.slice(0, 8)}); the request keeps waiting. Call the tool again later with exactly the same arguments to get the verdict. Do not try to get the same effect in another way.`;

function eventOf(request: {
	identity: AskEvent["identity"];
	key: string;
	action: AskEvent["action"];
	takesEdits: boolean;
}): AskEvent {
	const { identity, key, action, takesEdits } = request;
	return { kind: "ask", identity, callId: key, action, takesEdits };
}

const FRAMED = { "Content-Type": "text/plain; charset=utf-8" };

/**
 * The form in which a shell script can read an answer: a line `ticket <id>` as soon as the request waits, then a line
 * `exit <code>`, a line with the reason, and the rest is stdout, byte for byte. The end of the HTTP response is the
 * proof that it is complete.
 */
export const frame = {
	ticket: (response: ServerResponse, id: string) => {
		if (!response.headersSent) response.writeHead(200, FRAMED);
		response.write(`ticket ${id}\n`);
	},
	/** In one piece when nothing was sent yet: a second packet is a second wake-up of a process that only waits for it. */
	answer: (response: ServerResponse, { exit, reason, stdout }: HookAnswer) => {
		const text = `exit ${exit}\n${reason.replace(/[\r\n]+/g, " ")}\n${stdout}`;
		if (!response.headersSent) response.writeHead(200, { ...FRAMED, "Content-Length": Buffer.byteLength(text) });
		response.end(text);
	},
};

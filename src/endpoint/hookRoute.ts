import type { ServerResponse } from "node:http";
import type { Json } from "../base/canonicalJson.ts";
import { messageOf } from "../base/errors.ts";
import { digestOf } from "../core/binding.ts";
import type { Gate } from "../core/gate.ts";
import {
	type AskEvent,
	type ConfigEvent,
	type HookAdapter,
	type HookAnswer,
	type ReportEvent,
	universalDeny,
} from "../core/hookAdapter.ts";
import { changedInWords } from "../core/leftOutInWords.ts";
import { type Identity, keyOf, namespaceOf, type Request } from "../core/request.ts";
import type { RequestState } from "../protocol/messages.ts";
import { Problem } from "../protocol/problem.ts";
import { parseJson } from "./parse.ts";

/** What the hook process is told besides its answer. See `frame` for the form. */
export interface HookLine {
	/** The request waits; a hook that loses the gate resumes with this. */
	ticket(id: string): void;
}

/** An agent's configuration file as it is now, and which hook program we put into it, if we did. */
export type AgentFileReader = (agent: string, path: string) => Promise<{ text: string; program: string | undefined }>;

/** An agent without call ids reports one call to each of its hooks; the same content again within this time is that. Ms. */
const ECHO = 5000;

/**
 * From an agent's raw hook payload to its native answer. An error of any kind is a denial in the agent's own words;
 * nothing here can end in an allow but a free action or an approved request.
 */
export class HookRoute {
	private readonly gate: Gate;
	private readonly adapters: readonly HookAdapter[];
	private readonly randomId: () => string;
	/** Later call ids of a request that was taken up again. */
	private readonly aliases = new Map<string, string>();
	/** By which hooks a call that now runs was allowed: an agent may read more than one agent's configuration. */
	private readonly allowedBy = new Map<string, Set<string>>();
	/** Reports that were dealt with, by call, and when. */
	private readonly reported = new Map<string, number>();
	private readonly readAgentFile: AgentFileReader;

	constructor(gate: Gate, adapters: readonly HookAdapter[], randomId: () => string, readAgentFile: AgentFileReader) {
		this.gate = gate;
		this.adapters = adapters;
		this.randomId = randomId;
		this.readAgentFile = readAgentFile;
	}

	/**
	 * `named`: whose configuration the hook stands in. The payload tells who really calls; it is answered in that
	 * agent's words, and one call that comes in by two hooks is one request.
	 * `deadlineMs`: when the agent would give up, less a margin; then it is denied with a ticket.
	 */
	async answer(
		named: HookAdapter,
		body: Uint8Array,
		deadlineMs: number,
		line: HookLine,
		gone: AbortSignal,
	): Promise<HookAnswer> {
		let payload: Json;
		try {
			payload = parseJson(body);
		} catch (error) {
			return universalDeny(messageOf(error));
		}
		const adapter = this.callerOf(named, payload);
		return orDeny(adapter, gone, async () => {
			const event = adapter.parse(payload);
			if (event.kind === "note") {
				if (event.identity) this.gate.sessions.heard(event.identity);
				return adapter.free();
			}
			if (event.kind === "config") return this.config(adapter, event);
			if (event.kind === "report") {
				await this.report(event);
				return adapter.free();
			}
			return this.ask({ adapter, hook: named.agent }, event, deadlineMs, line, gone);
		});
	}

	/** Nobody's marks: read as the named agent's, and denied in every dialect at once. */
	private callerOf(named: HookAdapter, payload: Json): HookAdapter {
		const known = [named, ...this.adapters].find((adapter) => adapter.recognises(payload));
		return known ?? { ...named, deny: universalDeny };
	}

	/** A hook that lost the gate while it waited. */
	async resume(named: HookAdapter, id: string, deadlineMs: number, gone: AbortSignal): Promise<HookAnswer> {
		const agent = this.gate.register.get(id)?.identity.agent;
		const adapter = this.adapters.find((candidate) => candidate.agent === agent) ?? named;
		return orDeny(adapter, gone, async () => {
			const request = this.gate.require(id);
			if (agent !== adapter.agent) throw new Problem("not_found", `There is no request ${id} of ${named.agent}.`);
			return this.wait({ adapter, hook: named.agent }, eventOf(request), id, deadlineMs, gone);
		});
	}

	private async ask(
		caller: Caller,
		event: AskEvent,
		deadlineMs: number,
		line: HookLine,
		gone: AbortSignal,
	): Promise<HookAnswer> {
		const { adapter, hook } = caller;
		const { identity, action, intent, caution, takesEdits } = event;
		const callId = event.callId ?? this.randomId();
		let request = this.gate.resumable(identity, action);
		if (request) {
			this.gate.sessions.asked(identity);
			this.aliases.set(keyOf(identity, callId), request.id);
		} else {
			const said = { ...(intent ? { intent } : {}), ...(caution ? { caution } : {}) };
			const params = { key: callId, action, apply: "agent" as const, takesEdits, ...said };
			const submission = await this.gate.submit(identity, params);
			if (submission.kind === "passed") return adapter.free();
			request = submission.request;
			const allowed = this.allowedBy.get(request.id);
			if (request.outcome === "executing" && (!allowed || allowed.has(hook)))
				return adapter.deny("This very call was allowed already. Do not make it twice.");
		}
		line.ticket(request.id);
		return this.wait(caller, event, request.id, deadlineMs, gone);
	}

	private async wait(
		caller: Caller,
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
			return this.say(caller, event, state);
		} catch (error) {
			if (gone.aborted || !deadline.signal.aborted) throw error;
			await this.gate.ticket(id);
			return caller.adapter.deny(stillWaiting(id));
		} finally {
			clearTimeout(timer);
		}
	}

	private say({ adapter, hook }: Caller, event: AskEvent, state: RequestState): HookAnswer {
		const { decision, outcome, detail } = state;
		if (state.status !== "approved") {
			const why = decision?.reason ? `: ${decision.reason}` : ".";
			return adapter.deny(
				`${decision?.by ?? "A person"} ${state.status} this${why}${/[.!?]$/.test(why) ? "" : "."} Do not try to get the same effect in another way; ask the user, or go on without it.`,
			);
		}
		if (outcome === "executing") {
			this.allowedBy.set(state.id, (this.allowedBy.get(state.id) ?? new Set()).add(hook));
			return adapter.allow(event, state);
		}
		if (outcome === "executed" && decision?.edited) {
			return adapter.deny(changedInWords(decision, "It is done; read the file again before you go on."));
		}
		if (outcome === "executed") return adapter.deny("This was approved and done already. Do not do it again.");
		return adapter.deny(
			`It was approved, but did not run: ${detail ?? outcome ?? "unknown"}. Read what is there now and ask again.`,
		);
	}

	/** A session that would go on without us keeps the configuration it has. */
	private async config(adapter: HookAdapter, event: ConfigEvent): Promise<HookAnswer> {
		const { identity, path } = event;
		const { text, program } = await this.readAgentFile(adapter.agent, path);
		const why = event.disarmed(text, program);
		if (why === undefined) return adapter.free();
		await this.gate.sessions.heldBack(identity, path, why);
		return adapter.deny(`This change would take the gate away: ${why}`);
	}

	private async report(event: ReportEvent): Promise<void> {
		const { identity, callId, action, outcome, detail } = event;
		const request = this.called(identity, callId) ?? this.unnamed(event);
		if (request?.status === "approved" && request.outcome !== null) {
			this.isNews(event);
			this.allowedBy.delete(request.id);
			await this.gate.report(request.id, outcome, detail);
			return;
		}
		if (this.isNews(event)) await this.gate.sessions.ranUnasked(identity, action);
	}

	/** A call that cannot be told by its id: it has none, or took up an older request before the gate was started again. */
	private unnamed({ identity, callId, action }: ReportEvent): Request | undefined {
		const request = this.gate.running(identity, action);
		return callId === null || request?.ticketed === false ? request : undefined;
	}

	/** False for a call that another hook has reported already. */
	private isNews({ identity, callId, action }: ReportEvent): boolean {
		const now = performance.now();
		for (const [key, time] of this.reported) {
			if (now - time < ECHO) break;
			this.reported.delete(key);
		}
		const key = callId === null ? `${namespaceOf(identity)} ${digestOf(action)}` : keyOf(identity, callId);
		const isNews = !this.reported.has(key);
		this.reported.delete(key);
		this.reported.set(key, now);
		return isNews;
	}

	/** A request by its call's id, also where the call took up an older one. */
	private called(identity: Identity, callId: string | null): Request | undefined {
		if (callId === null) return undefined;
		const key = keyOf(identity, callId);
		const alias = this.aliases.get(key);
		return alias ? this.gate.register.get(alias) : this.gate.register.byKey(key);
	}
}

/** Who calls, and by whose hook. */
interface Caller {
	readonly adapter: HookAdapter;
	readonly hook: string;
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

import { GateClient } from "../../src/endpoint/client.ts";
import type { Action } from "../../src/protocol/action.ts";
import type { RequestState } from "../../src/protocol/messages.ts";
import type { GateProcess } from "./gateProcess.ts";

export const connectAgent = (gate: GateProcess, name = "test-agent", session = "s1") =>
	GateClient.connect(gate.discovery, { agent: { name }, session: { id: session } });

/** Submits and waits for the end. The promise rejects with ConnectionLost when the gate dies. */
export const submit = (client: GateClient, key: string, action: Action, waitMs?: number) =>
	client.call("request/submit", { key, action, ...(waitMs === undefined ? {} : { waitMs }) }) as Promise<RequestState>;

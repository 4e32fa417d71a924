import type { AgentCanary } from "./agentCanary.ts";
import { claudeCodeCanary } from "./claudeCode/canary.ts";

/** How each agent that can be connected is tried. */
export const CANARIES: readonly AgentCanary[] = [claudeCodeCanary];

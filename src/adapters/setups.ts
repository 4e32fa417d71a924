import type { AgentSetup } from "./agentSetup.ts";
import { claudeCodeSetup } from "./claudeCode/setup.ts";
import { codexSetup } from "./codex/setup.ts";

/** Every agent that `countersign connect` knows. */
export const SETUPS: readonly AgentSetup[] = [claudeCodeSetup, codexSetup];

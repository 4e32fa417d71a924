import type { HookAdapter } from "../core/hookAdapter.ts";
import { claudeCode } from "./claudeCode/adapter.ts";
import { cline } from "./cline/adapter.ts";
import { codex } from "./codex/adapter.ts";
import { geminiCli } from "./geminiCli/adapter.ts";
import { openCode } from "./openCode/adapter.ts";
import { qwenCode } from "./qwenCode/adapter.ts";

/** Every agent whose hooks the endpoint answers. */
export const ADAPTERS: readonly HookAdapter[] = [claudeCode, codex, geminiCli, qwenCode, openCode, cline];

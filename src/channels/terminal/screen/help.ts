import type { Page, PageLine } from "./state.ts";

const key = (keys: string, does: string): PageLine => ({ text: `${keys.padEnd(14)} ${does}`, isProse: true });
const head = (text: string): PageLine => ({ text, style: "bold" });
const prose = (text: string): PageLine => ({ text, isProse: true });
const gap: PageLine = { text: "" };

export const HELP: Page = {
	lines: [
		head("Reading"),
		key("↑ ↓  j k", "move"),
		key("Enter  d", "open the whole request"),
		key("PgUp PgDn", "a screen up or down; Space too"),
		key("Home End", "to the beginning, to the end"),
		key("[ ]", "the request before, the one after"),
		key("Esc  q", "back to the queue"),
		gap,
		head("Deciding"),
		key("a", "approve what is open and was read to its end; then type yes, or the number of what is high, and Enter"),
		key("n", "deny, with a reason that the agent is told"),
		key("r", "on what was decided: ask to have put back what it changed. That is one more request, which waits"),
		prose("No single key decides. What is pasted, typed ahead, or typed before it could be read decides nothing."),
		prose("What is protected is approved in the editor only."),
		gap,
		head("More"),
		key("p", "the policy: what waits to be adopted, pause and resume"),
		key("m", "what the gate said"),
		key("Ctrl+L", "draw the screen anew"),
		key("Ctrl+Z", "to the shell; agents wait meanwhile, and fg comes back"),
		key("q", "leave. What waits stays waiting, and nothing passes until the gate stands again"),
	],
};

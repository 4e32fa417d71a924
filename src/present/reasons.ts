/** What reviewers say most; the agent reads it as it stands. */
export const CANNED_REASONS = [
	"Do not touch this file.",
	"Ask me first and explain why this is needed.",
	"Make a smaller change.",
	"This is production configuration, not a temporary file.",
	"Run the tests first.",
] as const;

/** An agent is told a reason, not a document. Characters. */
export const MAX_REASON = 2000;

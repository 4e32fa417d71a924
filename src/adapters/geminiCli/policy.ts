/**
 * The floor under the hook: where it is not called, Gemini itself asks for what changes something, "always allow" or not.
 * In auto-edit mode its file tools heed no policy that asks (0.61.0, tried at a terminal). Not in yolo mode, where the hook
 * alone stands: a second question, at a terminal that nobody sits at, would stop every run that was approved from
 * elsewhere. Not without a terminal: there to ask is to deny.
 */
export const FLOOR = `# Written by Countersign (countersign connect gemini-cli). Taken away by: countersign disconnect gemini-cli
[[rule]]
toolName = ["write_file", "replace", "run_shell_command", "web_fetch"]
decision = "ask_user"
priority = 990
modes = ["default", "autoEdit"]
interactive = true

[[rule]]
toolName = "*"
mcpName = "*"
decision = "ask_user"
priority = 990
modes = ["default", "autoEdit"]
interactive = true
`;

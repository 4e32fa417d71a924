/** Written to COUNTERSIGN_HOME/policy.yaml at the first start, and in force from then on. */
export const DEFAULT_POLICY = `# Countersign: what an agent may do alone, and what needs your signature.
# Reads and logging pass. What is named here, and every tool that is named nowhere, waits for a person.

require_approval:
  - file_write
  - file_delete
  - file_rename
  - send_message
  - api_call
  - shell_execute
  - mcp_call

# The only two words that may stand here.
free: [file_read, log_write]

# Time never approves anything.
auto_approve_after: null

# Who is told when a request has waited this long: first the editor, then the channels.
remind_after: [1m, 5m, 15m]

# Folders outside the workspace that count as normal. Everything else out there is asked twice.
# roots: [/etc/cache]

# Only the editor may approve these.
# protect: ["/etc/**", "**/production/**"]
`;

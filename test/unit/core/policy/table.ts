import type { Action } from "../../../../src/protocol/action.ts";

/**
 * What a request really comes to, as data: what is asked, under which policy, what becomes of it.
 *
 * In paths and policies $WS is the workspace, $OUT a folder beside it whose name begins alike, $HOME the gate's own.
 * What becomes of it: `passed RULE` (a read), `approved RULE`, `denied RULE`, `refused: why` (nothing was asked), or it
 * waits: `normal`, `high: why`, `protected: why`.
 */
export type Row = readonly [action: Action, becomes: string, more?: More];

interface More {
	readonly agent?: string;
	readonly session?: string;
	readonly caution?: string;
	/** What has to be in its place for it to hold: until then it is left out. */
	readonly needs?: "oddText";
}

export interface Theme {
	readonly theme: string;
	readonly policy: string;
	readonly managed?: string;
	/** A repository's, adopted. */
	readonly repository?: string;
	/** What a person or somebody outside did before. */
	readonly state?: "paused" | "drifted" | "changed" | "deleted";
	readonly rows: readonly Row[];
}

const w = (path: string, content = "x\n"): Action => ({ tool: "file_write", path, content });
const edit = (path: string, old: string, text: string): Action => ({
	tool: "file_write",
	path,
	edits: [{ old, new: text }],
});
const del = (path: string, recursive?: true): Action => ({
	tool: "file_delete",
	path,
	...(recursive && { recursive }),
});
const mv = (from: string, to: string): Action => ({ tool: "file_rename", from, to });
const rd = (path: string): Action => ({ tool: "file_read", path });
const sh = (...argv: string[]): Action => ({ tool: "shell_execute", argv });
const cmd = (command: string): Action => ({ tool: "shell_execute", command });
const api = (method: string, url: string, headers?: Record<string, string>): Action => ({
	tool: "api_call",
	method,
	url,
	...(headers && { headers }),
});
const mcp = (server: string, name: string, args: Record<string, never> | Record<string, unknown> = {}): Action => ({
	tool: "mcp_call",
	server,
	name,
	arguments: args as Record<string, never>,
});
type Change = Extract<Action, { tool: "changes" }>["changes"][number];
const all = (...changes: Action[]): Action => ({ tool: "changes", changes: changes as Change[] });
const send: Action = { tool: "send_message", to: "ops", text: "hello" };
const custom: Action = { tool: "custom", name: "deploy", arguments: {} };
const log: Action = { tool: "log_write", text: "/approve" };

const allow = (...rules: string[]) => `rules:\n${rules.map((rule) => `  - { effect: allow, ${rule} }\n`).join("")}`;
const each = (actions: readonly Action[], becomes: string): Row[] => actions.map((action) => [action, becomes]);

const TOOLS: readonly Action[] = [
	w("docs/a.md"),
	edit("docs/a.md", "a", "b"),
	del("docs/a.md"),
	mv("docs/a.md", "docs/new.md"),
	all(w("docs/a.md"), del("src/a.ts")),
	sh("make", "test"),
	cmd("make test"),
	api("GET", "https://example.com/"),
	mcp("s", "n"),
	send,
	custom,
];

/** One glob: what it covers and what it does not, of files that may be there or not. */
const glob = (path: string, covered: readonly string[], not: readonly string[], why = "normal"): Theme => ({
	theme: `a rule that allows ${path}`,
	policy: allow(`id: g, tool: file_write, path: ${JSON.stringify(path)}`),
	rows: [
		...each(
			covered.map((name) => w(name)),
			"approved g",
		),
		...each(
			not.map((name) => w(name)),
			why,
		),
	],
});

const EVERYTHING = allow(
	'id: all-w, tool: file_write, path: "**"',
	'id: all-d, tool: file_delete, path: "**"',
	'id: all-r, tool: file_rename, path: "**"',
	'id: abs-w, tool: file_write, path: "/**"',
	'id: abs-d, tool: file_delete, path: "/**"',
);

/** Files that configure an agent, an editor or the gate, spelled in every way; most are not there. */
const P0 = [
	".vscode/settings.json",
	".VSCODE/Settings.json",
	".vscode./settings.json",
	".vscode /settings.json",
	".vscode/settings.json::$DATA",
	".vscode::$INDEX_ALLOCATION/settings.json",
	"\uff0evscode/settings.json",
	".vs\u200ccode/settings.json",
	".v\ufe0fscode/settings.json",
	".vscode\\settings.json",
	".vscode/tasks.json",
	"sub/.vscode/launch.json",
	"x.code-workspace",
	".claude/settings.local.json",
	".Claude/settings.json",
	".mcp.json",
	".cUrSoR/mcp.json",
	".codex/config.toml",
	".gemini/settings.json",
	".qwen/settings.json",
	".cline/hooks/x",
	".clinerules/hooks/PreToolUse",
	".opencode/plugin/x.ts",
	"opencode.json",
	"OpenCode.jsonc",
	".kiro/x",
	".windsurf/x",
	".agents/x",
	".openclaw/x",
	".github/hooks/x.json",
	".countersign/policy.yaml",
	".Countersign/new.yaml",
	"$HOME/policy.yaml",
	"$HOME/bin/countersign-hook",
	"$HOME/new",
];
/** What can run code or holds credentials. */
const P1 = [
	".git/config",
	".GIT/hooks/pre-commit",
	"GIT~1/config",
	"GI7EBA~1/config",
	".g\u200cit/config",
	".git./config",
	".git::$INDEX_ALLOCATION/config",
	"sub/.git",
	"mirror.git/hooks/x",
	".gitmodules",
	".gitattributes",
	".husky/pre-push",
	".githooks/x",
	".pre-commit-config.yaml",
	".bashrc",
	".zshenv",
	".envrc",
	".env",
	".ENV.production",
	".ssh/authorized_keys",
	".npmrc",
	".yarn/releases/x.cjs",
	"lib/x.pth",
	"sitecustomize.py",
	"venv/bin/activate",
	".devcontainer/devcontainer.json",
	".idea/workspace.xml",
	".github/workflows/ci.yml",
	"CLAUDE.md",
	"sub/agents.md",
	"GEMINI.md",
];
const SECRETS = [
	".env",
	".ENV.local",
	"deploy/id_rsa",
	"certs/server.pem",
	"certs/server.KEY",
	"$OUT/.ssh/config",
	"$OUT/.aws/credentials",
	"$OUT/.npmrc",
	"$OUT/.netrc",
	"/etc/shadow",
	"/proc/self/environ",
	"$HOME/policy.yaml",
	"$HOME/keys/x",
	"$HOME",
	"docs/link-env.md",
];

const HOSTS = allow(
	"id: web, tool: api_call, scheme: https, host: api.example.com, method: GET",
	"id: post, tool: api_call, scheme: https, host: 'api.example.com:8443', method: post",
	"id: local, tool: api_call, scheme: http, host: '127.0.0.1:3000', method: GET",
);
const RULED = `rules:
  - { id: all, effect: allow, tool: file_write, path: "**" }
  - { id: all-d, effect: allow, tool: file_delete, path: "**" }
  - { id: all-sh, effect: allow, tool: shell_execute, argv: [git, push, --force] }
  - { id: make, effect: allow, tool: shell_execute, argv: [make] }
  - { id: web, effect: allow, tool: api_call, scheme: https, host: evil.example, method: GET }
  - { id: good, effect: allow, tool: api_call, scheme: https, host: good.example, method: GET }
  - { id: mcp, effect: allow, tool: mcp_call, server: s, name: n, arguments: {} }
  - { id: src, effect: ask, tool: file_write, path: "src/**", reason: "Code is looked at." }
  - { id: gen, effect: deny, tool: file_write, path: "src/gen/**", reason: "Generated." }
  - { id: keep, effect: deny, tool: file_delete, path: "docs/**" }
  - { id: no-force, effect: deny, tool: shell_execute, argv: [git, push, --force] }
  - { id: no-evil, effect: deny, tool: api_call, host: "*.example", method: POST }
  - { id: ask-evil, effect: ask, tool: api_call, host: evil.example }
  - { id: no-mcp, effect: deny, tool: mcp_call, server: s, name: drop }
  - { id: no-plans, effect: deny, tool: file_read, path: "docs/deep/**" }
  - { id: ask-src, effect: ask, tool: file_read, path: "src/**" }
  - { id: codex-only, effect: deny, tool: file_write, path: "db/**", agent: codex }
  - { id: no-mail, effect: deny, tool: send_message, to: ops }
  - { id: no-deploy, effect: deny, tool: custom, name: deploy }
`;

export const THEMES: readonly Theme[] = [
	{
		theme: "no rule at all",
		policy: "",
		rows: [...each(TOOLS, "normal"), [rd("docs/a.md"), "passed free"], [log, "passed free"]],
	},
	{
		theme: "a rule of another tool",
		policy: allow('id: r, tool: file_read, path: "**"'),
		rows: each(TOOLS, "normal"),
	},
	{
		theme: "nothing is free",
		policy: "free: []",
		rows: [
			[rd("docs/a.md"), "normal"],
			[log, "normal"],
		],
	},
	{
		theme: "what is free and asks, asks",
		policy: "free: [file_read, log_write]\nrequire_approval: [file_read]",
		rows: [
			[rd("docs/a.md"), "normal"],
			[log, "passed free"],
		],
	},
	{
		theme: "a rule for each tool that may have one, also where the tool asks",
		policy: `require_approval: [file_write, file_delete, file_rename, changes, shell_execute, api_call, mcp_call]\n${allow(
			'id: w, tool: file_write, path: "docs/**"',
			'id: d, tool: file_delete, path: "docs/**"',
			'id: m, tool: file_rename, path: "docs/**"',
			"id: s, tool: shell_execute, argv: [make, test]",
			"id: a, tool: api_call, scheme: https, host: example.com, method: GET",
			"id: c, tool: mcp_call, server: s, name: n, arguments: {}",
		)}`,
		rows: [
			[w("docs/a.md"), "approved w"],
			[edit("docs/a.md", "a", "b"), "approved w"],
			[del("docs/a.md"), "approved d"],
			[mv("docs/a.md", "docs/new.md"), "approved m"],
			[all(w("docs/a.md"), del("docs/deep/er/b.md")), "approved w, d"],
			[sh("make", "test"), "approved s"],
			[api("GET", "https://example.com/"), "approved a"],
			[mcp("s", "n"), "approved c"],
			[send, "normal"],
			[custom, "normal"],
			[all(w("docs/a.md"), del("src/a.ts")), "normal"],
			[w("src/a.ts"), "normal"],
			[del("docs/deep", true), "high: deletes a folder"],
			[del("docs"), "refused: is a folder"],
			[mv("docs/deep", "docs/flat"), "high: moves a folder"],
		],
	},
	glob(
		"docs/**/*.md",
		[
			"docs/a.md",
			"docs/new.md",
			"docs/deep/er/b.md",
			"docs/.hidden.md",
			"docs/.dot/x.md",
			"./docs/a.md",
			"$WS/docs/a.md",
		],
		["docs/a.txt", "docs/A.MD", "Docs/a.md", "DOCS/a.md", "a.md", "src/docs/a.md", "docs/a.md.txt", "docs/a.mdx"],
	),
	glob("docs/*", ["docs/a.md", "docs/.hidden", "docs/x y"], ["docs/deep/er/b.md", "docs2/a.md", "xdocs/a.md"]),
	glob("docs/**", ["docs/a.md", "docs/deep/er/b.md", "docs/deep/.x/y"], ["docs2/x", "src/a.ts", "a.md", "nodocs/x"]),
	glob("new/**", ["new/a", "new/b/c"], ["new", "New/a"]),
	glob("*.md", ["a.md", "x.md"], ["docs/a.md", "a.MD"]),
	glob("**/*.md", ["a.md", "docs/a.md", "docs/deep/er/b.md"], ["a.mdx", "md"]),
	glob("src/a.ts", ["src/a.ts"], ["src/A.ts", "src/a.ts.bak", "src/a_ts", "sub/src/a.ts", "src/ab.ts"]),
	glob("./src/a.ts", ["src/a.ts"], ["src/b.ts"]),
	glob("src/{a,b}.ts", ["src/a.ts", "src/b.ts"], ["src/c.ts", "src/ab.ts", "src/{a,b}.txt"]),
	glob("src/v[0-9].ts", ["src/v1.ts"], ["src/va.ts", "src/v12.ts", "src/v/.ts", "src/v.ts"]),
	glob("doc[^x]/y.md", ["docs/y.md"], ["docx/y.md", "doc/y.md"]),
	glob("src/?.ts", ["src/a.ts"], ["src/aa.ts", "src/.ts"]),
	glob("$WS/docs/*.md", ["docs/a.md", "$WS/docs/b.md"], ["docs/deep/er/b.md", "src/a.ts"]),
	glob("$OUT/*.md", [], ["docs/a.md"]),
	glob("$OUT/**", [], ["$OUT/x.md", "$OUT/new/y"], "high: lies outside the workspace"),
	{
		theme: "a root outside the workspace",
		policy: `roots: ["$OUT"]\n${allow('id: g, tool: file_write, path: "$OUT/*.md"', 'id: h, tool: file_write, path: "**/*.txt"')}`,
		rows: [
			[w("$OUT/x.md"), "approved g"],
			[w("$OUT/deep/x.md"), "normal"],
			[w("$OUT/x.txt"), "normal"],
			[w("x.txt"), "approved h"],
			[w("$OUT-more/x.md"), "high: lies outside"],
			[{ tool: "file_write", path: "x.md", cwd: "$OUT", content: "x" }, "approved g"],
			[w("$OUT/.env"), "high: credentials"],
		],
	},
	{
		theme: "T23: no rule opens what is protected, in no spelling, whether it is there or not",
		policy: EVERYTHING,
		rows: [
			...each(
				P0.map((path) => w(path)),
				"protected: configures",
			),
			...each(
				P1.map((path) => w(path)),
				"high: ",
			),
			[w("a/../.vscode/settings.json"), "refused: holds"],
			[edit(".vscode/settings.json", "{}", "{ }"), "protected: configures"],
			[del(".vscode/settings.json"), "protected: configures"],
			[del(".git/config"), "high: can run code"],
			[del(".vscode", true), "protected: configures"],
			[mv("docs/a.md", ".vscode/new.json"), "protected: configures"],
			[mv(".vscode/settings.json", "docs/new.json"), "protected: configures"],
			[mv("docs/a.md", ".git/hooks/pre-commit"), "high: can run code"],
			[mv("holder", "held"), "protected: holds"],
			[del("holder", true), "protected: holds"],
			[all(w("docs/a.md"), w(".vscode/settings.json")), "protected: configures"],
			[{ tool: "file_write", path: "settings.json", cwd: ".vscode", content: "{}" }, "protected: configures"],
			[w("docs/a.md"), "approved all-w"],
			[w(".gitignore"), "approved all-w"],
			[w(".env.example"), "approved all-w"],
			[w("vscode/settings.json"), "approved all-w"],
		],
	},
	{
		theme: "T24: hard links",
		policy: allow('id: txt, tool: file_write, path: "**/*.md"', 'id: d, tool: file_delete, path: "**"'),
		rows: [
			[w("docs/hard-protected.md"), "protected: It is the same file as"],
			[w("docs/hard.md"), "high: hard links"],
			[edit("docs/hard.md", "notes", "x"), "high: hard links"],
			[del("docs/hard.md"), "high: hard links"],
			[all(w("docs/hard.md")), "high: hard links"],
			[w("docs/a.md"), "approved txt"],
		],
	},
	{
		theme: "T25: links are followed, and both ends have to be covered",
		policy: allow('id: md, tool: file_write, path: "docs/**"', 'id: d, tool: file_delete, path: "docs/**"'),
		rows: [
			[w("docs/link-in.md"), "approved md"],
			[w("docs/link-src.md"), "normal"],
			[w("docs/link-out.md"), "refused: a link that leaves the workspace"],
			[w("docs/link-settings.md"), "protected: configures"],
			[w("docs/link-env.md"), "high: credentials"],
			[w("docs/dangling.md"), "approved md"],
			[w("docs/dangling-src.md"), "normal"],
			[w("docs/dangling-out.md"), "refused: a link that leaves the workspace"],
			[w("docs/folder-link/new.md"), "normal"],
			[w("docs/folder-out/new.md"), "refused: a link that leaves the workspace"],
			[w("docs/round.md"), "refused: round in a circle"],
			[w("link-to-docs/new.md"), "normal"],
			[del("docs/link-in.md"), "normal"],
			[del("docs/link-settings.md"), "normal"],
			[mv("docs/link-in.md", "docs/new.md"), "normal"],
			[del("docs/folder-link", true), "high: deletes a folder"],
			[w("docs/pipe"), "refused: device, socket or pipe"],
			[w("docs/deep"), "refused: is a folder"],
			[w("docs/a.md/x"), "refused: is a file"],
		],
	},
	{
		theme: "T26: a path that is another one than it seems",
		policy: EVERYTHING,
		rows: [
			[w("$OUT/x"), "high: lies outside"],
			[w("../x"), "refused: holds"],
			[w("docs/../../x"), "refused: holds"],
			[w("$WS/../x"), "refused: holds"],
			[w("/etc/hosts"), "high: lies outside"],
			[w("/tmp/x"), "high: lies outside"],
			[w("~/x"), "refused: is not expanded"],
			[w("~root/x"), "refused: is not expanded"],
			[w("file:///etc/hosts"), "refused: is a URL"],
			[w("FILE:///etc/hosts"), "refused: is a URL"],
			[w("vscode-remote://x/y"), "refused: is a URL"],
			[w("/proc/self/root$WS/docs/a.md"), "refused: something else in every process"],
			[w("/proc/1/root$WS/docs/a.md"), "refused: something else in every process"],
			[w("/dev/stdout"), "refused: something else in every process"],
			[w("/dev/null"), "refused: device"],
			[w("C:\\x"), "normal"],
			[w("\\\\server\\share\\x"), "normal"],
			[w("x:stream"), "normal"],
			[w("docs/a.md "), "normal"],
			[w("docs/a.md."), "normal"],
			[w("docs/a\u200b.md"), "high: characters that are not drawn"],
			[w("docs/\u0430.md"), "high: only looks like"],
			[w("docs/n\u0303.md"), "normal"],
			[w("docs/a\nb.md"), "normal"],
			[w("docs/\u202egpj.md"), "high: characters that are not drawn"],
			[w("DOCS~1/a.md"), "high: short (8.3) name"],
			[{ tool: "file_write", path: "hosts", cwd: "/etc", content: "x" }, "high: lies outside"],
			[{ tool: "file_write", path: "x", cwd: "$OUT", content: "x" }, "high: lies outside"],
			[{ tool: "file_write", path: "x", cwd: "../..", content: "x" }, "refused: holds"],
			[{ tool: "file_write", path: "x", cwd: "docs/folder-out", content: "x" }, "high: lies outside"],
			[w("docs/readonly.md"), "high: read-only"],
			[w("docs/setuid"), "high: setuid"],
			[w("-rf"), "approved all-w"],
			[w("docs/a b.md"), "approved all-w"],
		],
	},
	{
		theme: "secrets are read by no rule",
		policy: `free: []\n${allow('id: r, tool: file_read, path: "**"', 'id: abs, tool: file_read, path: "/**"')}`,
		rows: [
			...each(SECRETS.map(rd), "high: keys, tokens or secrets"),
			[rd("docs/a.md"), "passed r"],
			[rd("$OUT/x.md"), "passed abs"],
			[rd(".git/config"), "passed r"],
			// It has a second name in docs.
			[rd(".vscode/settings.json"), "normal"],
			[rd(".env.example"), "passed r"],
			[rd("docs"), "normal"],
			[rd("."), "normal"],
			[rd("docs/hard.md"), "normal"],
			[rd("docs/pipe"), "normal"],
			[rd("docs/link-in.md"), "passed r"],
			[log, "normal"],
		],
	},
	{
		theme: "secrets are not free either",
		policy: "",
		rows: each(SECRETS.map(rd), "high: keys, tokens or secrets"),
	},
	{
		theme: "reads: narrow, where links lead and by the letter",
		policy: `free: []\n${allow('id: r, tool: file_read, path: "docs/*.md"')}`,
		rows: [
			[rd("docs/a.md"), "passed r"],
			[rd("docs/../docs/a.md"), "passed r"],
			[{ tool: "file_read", path: "a.md", cwd: "docs" }, "passed r"],
			[rd("docs/link-src.md"), "normal"],
			[rd("docs/link-out.md"), "normal"],
			[rd("docs/deep/er/b.md"), "normal"],
			[rd("DOCS/a.md"), "normal"],
			[rd("docs/missing.md"), "passed r"],
			[rd("docs/../src/a.ts"), "normal"],
		],
	},
	{
		theme: "a command is what its argv says, word for word, in its folder",
		policy: allow(
			"id: test, tool: shell_execute, argv: [make, test]",
			"id: sub, tool: shell_execute, argv: [make, lint], cwd: docs",
			"id: here, tool: shell_execute, argv: [make, sub], cwd: docs/deep/",
		),
		rows: [
			[sh("make", "test"), "approved test"],
			[{ tool: "shell_execute", argv: ["make", "test"], cwd: "." }, "approved test"],
			[{ tool: "shell_execute", argv: ["make", "test"], cwd: "$WS" }, "approved test"],
			[{ tool: "shell_execute", argv: ["make", "test"], env: {} }, "approved test"],
			...each(
				[
					sh("make"),
					sh("make", "test", ""),
					sh("make", "test", "x"),
					sh("make", "test "),
					sh(" make", "test"),
					sh("make ", "test"),
					sh("make test"),
					sh("MAKE", "test"),
					sh("make", "Test"),
					sh("test", "make"),
					sh("/usr/bin/make", "test"),
					sh("./make", "test"),
					sh("make", "test\n"),
					sh("make", "te\u200bst"),
					sh("make", "test", ";", "rm"),
					sh("env", "make", "test"),
					sh("sh", "-c", "make test"),
					sh("", "make", "test"),
					cmd("make test"),
					cmd("make test; rm -rf /"),
					cmd("make\ttest"),
					cmd("make test\n"),
					cmd("$(make test)"),
					{ tool: "shell_execute", argv: ["make", "test"], cwd: "docs" },
					{ tool: "shell_execute", argv: ["make", "test"], cwd: "$OUT" },
					{ tool: "shell_execute", argv: ["make", "test"], cwd: "docs/folder-out" },
					{ tool: "shell_execute", argv: ["make", "test"], env: { PATH: "/tmp" } },
					{ tool: "shell_execute", argv: ["make", "test"], env: { X: "" } },
					sh("make", "lint"),
					{ tool: "shell_execute", argv: ["make", "lint"], cwd: "docs/deep" },
				],
				"normal",
			),
			[{ tool: "shell_execute", argv: ["make", "lint"], cwd: "docs" }, "approved sub"],
			[{ tool: "shell_execute", argv: ["make", "lint"], cwd: "$WS/docs" }, "approved sub"],
			[{ tool: "shell_execute", argv: ["make", "lint"], cwd: "link-to-docs" }, "approved sub"],
			[{ tool: "shell_execute", argv: ["make", "sub"], cwd: "docs/deep" }, "approved here"],
			[{ tool: "shell_execute", argv: ["make", "test"], cwd: "$HOME" }, "protected: Countersign itself"],
			[{ tool: "shell_execute", argv: ["make", "test"], cwd: ".." }, "refused: holds"],
		],
	},
	{
		theme: "a command that touches the gate is approved in the editor, whatever a rule says",
		policy: allow(
			"id: a, tool: shell_execute, argv: [countersign, disconnect, codex]",
			"id: b, tool: shell_execute, argv: [cat, .countersign/audit.jsonl]",
			"id: c, tool: shell_execute, argv: [ls, $HOME]",
		),
		rows: [
			[sh("countersign", "disconnect", "codex"), "protected: Countersign itself"],
			[sh("cat", ".countersign/audit.jsonl"), "protected: Countersign itself"],
			[sh("ls", "$HOME"), "protected: Countersign itself"],
		],
	},
	{
		theme: "T37: a URL is its scheme, host, port and method, and nothing else passes for it",
		policy: HOSTS,
		rows: [
			[api("GET", "https://api.example.com/"), "approved web"],
			[api("GET", "https://api.example.com"), "approved web"],
			[api("get", "https://api.example.com/a/b?c=d#e"), "approved web"],
			[api("GET", "https://api.example.com/", { Accept: "text/plain", "X-Trace": "1" }), "approved web"],
			[api("POST", "https://api.example.com:8443/x"), "approved post"],
			[api("GET", "http://127.0.0.1:3000/x"), "approved local"],
			...each(
				[
					api("POST", "https://api.example.com/"),
					api("DELETE", "https://api.example.com/"),
					api("HEAD", "https://api.example.com/"),
					...[
						"http://api.example.com/",
						"https://api.example.com:8443/",
						"https://api.example.com:443/",
						"https://api.example.com:80/",
						"https://api.example.com.evil.com/",
						"https://api.example.com.evil.com",
						"https://evil.com/api.example.com",
						"https://evil-api.example.com/",
						"https://x.api.example.com/",
						"https://example.com/",
						"https://api.example.com./",
						"https://API.example.com/",
						"HTTPS://api.example.com/",
						"https:/api.example.com/",
						"https:api.example.com/",
						"https:\\\\api.example.com\\",
						"https://api.example.com\\@evil.com/",
						"https://api.example.com@evil.com/",
						"https://evil.com@api.example.com/",
						"https://user:pass@api.example.com/",
						"https://@api.example.com/",
						"https://api.example.com:@evil.com/",
						"https://api.example.com%2eevil.com/",
						"https://api%2eexample.com/",
						"https://api.ex\u0430mple.com/",
						"https://\uff41pi.example.com/",
						"https://api.exa\u00admple.com/",
						"https://api.example.com\u3002evil.com/",
						"https://api.example.com/a b",
						" https://api.example.com/",
						"https://api.example.com/\n",
						"https://api.example.com/\t",
						"https://api.ex\tample.com/",
						"https://api.example.com/../x",
						"https://api.example.com/./x",
						"https://api.example.com/%2e%2e/x",
						"https://api.example.com?x",
						"//api.example.com/",
						"api.example.com",
						"not a url",
						"https://",
						"javascript:alert(1)",
						"http://127.1:3000/",
						"http://0x7f.0.0.1:3000/",
						"http://2130706433:3000/",
						"http://localhost:3000/",
						"http://[::1]:3000/",
						"http://127.0.0.1:03000/",
						"http://127.0.0.1/",
						"https://127.0.0.1:3000/",
					].map((url) => api("GET", url)),
					...[
						{ Host: "evil.com" },
						{ host: "evil.com" },
						{ "Host ": "evil.com" },
						{ "\tHost": "evil.com" },
						{ ":authority": "evil.com" },
						{ "X-HTTP-Method-Override": "DELETE" },
						{ "x-http-method": "DELETE" },
						{ "X-Method-Override": "DELETE" },
						{ "X-Forwarded-Host": "evil.com" },
						{ Forwarded: "host=evil.com" },
						{ "X-Original-URL": "/admin" },
						{ "X-Rewrite-URL": "/admin" },
						{ "Transfer-Encoding": "chunked" },
						{ "Content-Length": "0" },
						{ Connection: "upgrade" },
						{ Upgrade: "h2c" },
						{ Accept: "x\r\nHost: evil.com" },
						{ "A\r\nHost": "evil.com" },
						{ Accept: "x\u0000" },
						{ "": "x" },
					].map((headers) => api("GET", "https://api.example.com/", headers)),
				],
				"normal",
			),
			[api("GET", "https://api.example.com/", { TE: "x" }), "approved web"],
		],
	},
	{
		theme: "an MCP call is its server, its name and all of its arguments",
		policy: allow(
			"id: none, tool: mcp_call, server: files, name: list, arguments: {}",
			"id: some, tool: mcp_call, server: files, name: read, arguments: { path: a, n: 1, deep: { x: [1, null, true] } }",
			'id: text, tool: mcp_call, server: files, name: put, arguments: { "": "", "1": one }',
		),
		rows: [
			[mcp("files", "list"), "approved none"],
			[mcp("files", "read", { path: "a", n: 1, deep: { x: [1, null, true] } }), "approved some"],
			[mcp("files", "read", { deep: { x: [1, null, true] }, n: 1.0, path: "a" }), "approved some"],
			[mcp("files", "put", { "": "", 1: "one" }), "approved text"],
			...each(
				[
					mcp("files", "list", { path: "a" }),
					mcp("files", "List"),
					mcp("Files", "list"),
					mcp("files ", "list"),
					mcp("files", "list "),
					mcp("other", "list"),
					mcp("files", "read"),
					mcp("files", "read", { path: "a", n: 1 }),
					mcp("files", "read", { path: "a", n: "1", deep: { x: [1, null, true] } }),
					mcp("files", "read", { path: "A", n: 1, deep: { x: [1, null, true] } }),
					mcp("files", "read", { path: "a", n: 1, deep: { x: [null, 1, true] } }),
					mcp("files", "read", { path: "a", n: 1, deep: { x: [1, null, true] }, more: null }),
					mcp("files", "read", { path: "a", n: 1, deep: { x: [1, null] } }),
					mcp("files", "read", { path: "a\u200b", n: 1, deep: { x: [1, null, true] } }),
					mcp("files", "put", { "": "", 1: "two" }),
				],
				"normal",
			),
		],
	},
	{
		theme: "of several changes in one, every one has to be covered",
		policy: allow(
			'id: w, tool: file_write, path: "docs/**"',
			'id: d, tool: file_delete, path: "docs/**"',
			'id: m, tool: file_rename, path: "docs/**"',
		),
		rows: [
			[all(w("docs/a.md")), "approved w"],
			[all(w("docs/a.md"), w("docs/new.md"), del("docs/deep/er/b.md")), "approved w, d"],
			[all(mv("docs/a.md", "docs/new.md"), w("docs/b.md")), "approved m, w"],
			[all(edit("docs/a.md", "a", "b")), "approved w"],
			[all(w("docs/a.md"), w("src/a.ts")), "normal"],
			[all(w("src/a.ts"), w("docs/a.md")), "normal"],
			[all(mv("docs/a.md", "src/new.ts")), "normal"],
			[all(mv("src/a.ts", "docs/new.md")), "normal"],
			[all(mv("docs/a.md", "docs/deep/er/b.md")), "normal"],
			[all(w("docs/a.md"), del("docs/deep", true)), "high: deletes a folder"],
			[all(w("docs/a.md"), mv("docs/deep", "docs/flat")), "high: moves a folder"],
			[all(w("docs/a.md"), w(".env")), "high: credentials"],
			[all(w("docs/a.md"), w("$OUT/x")), "high: lies outside"],
			[all(w("docs/link-src.md")), "normal"],
			[all(del("docs/link-in.md")), "normal"],
			[all({ tool: "file_write", path: "docs/a.md", content: { base64: "eA==" } }), "normal"],
		],
	},
	{
		theme: "what narrows a rule",
		policy: allow(
			'id: mine, tool: file_write, path: "a/*", session: s-1',
			'id: here, tool: file_write, path: "b/*", workspace: "$WS"',
			'id: there, tool: file_write, path: "c/*", workspace: "$OUT"',
			'id: above, tool: file_write, path: "c/*", workspace: "$WS/docs"',
			'id: slash, tool: file_write, path: "c/*", workspace: "$WS/"',
			'id: past, tool: file_write, path: "d/*", expires: 2020-01-01',
			'id: future, tool: file_write, path: "e/*", expires: 2999-12-31T23:59',
			'id: held, tool: file_write, path: "f/*", paused: true',
			'id: once, tool: file_write, path: "g/*", times: 1, workspace: "$WS"',
			'id: twice, tool: file_write, path: "h/*", times: 2, workspace: "$WS"',
			'id: late, tool: file_write, path: "i/*", expires: 2020-01-01T00:00:00Z',
		),
		rows: [
			[w("a/x"), "approved mine", { session: "s-1" }],
			[w("a/x"), "normal", { session: "s-2" }],
			[w("a/x"), "normal", { session: "" }],
			[w("a/x"), "normal", { session: "S-1" }],
			[w("a/x"), "approved mine", { session: "s-1", agent: "another" }],
			[w("b/x"), "approved here"],
			[w("c/x"), "normal"],
			[w("d/x"), "normal"],
			[w("e/x"), "approved future"],
			[w("f/x"), "normal"],
			[w("i/x"), "normal"],
			[w("g/x"), "approved once"],
			[w("g/x"), "normal"],
			[w("g/y"), "normal"],
			[all(w("h/x"), w("h/y")), "normal"],
			[w("h/x"), "approved twice"],
			[w("h/x"), "approved twice"],
			[w("h/x"), "normal"],
		],
	},
	{
		theme: "what denies comes before what asks, and both before what allows",
		policy: RULED,
		rows: [
			[w("a.txt"), "approved all"],
			[w("src/a.ts"), "normal: Your rule src: Code is looked at."],
			[w("src/gen/x.ts"), "denied gen"],
			[w("SRC/gen/x.ts"), "denied gen"],
			[w("docs/folder-link/gen/x.ts"), "denied gen"],
			[all(w("a.txt"), w("src/gen/x.ts")), "denied gen"],
			[all(w("a.txt"), w("src/a.ts")), "normal: Your rule src"],
			[all(w("a.txt"), del("docs/a.md")), "denied keep"],
			[del("src/a.ts"), "approved all-d"],
			[del("docs/a.md"), "denied keep"],
			[del("docs", true), "denied keep"],
			[sh("git", "push", "--force"), "denied no-force"],
			[cmd("git push --force"), "denied no-force"],
			[cmd("true && git  'push' origin --force"), "denied no-force"],
			[sh("sh", "-c", "git push --force"), "denied no-force"],
			[sh("/usr/bin/git", "push", "--force"), "denied no-force"],
			[sh("git", "push"), "normal"],
			[sh("make"), "approved make"],
			[api("GET", "https://evil.example/"), "normal: Your rule ask-evil"],
			[api("GET", "https://EVIL.example/"), "normal: Your rule ask-evil"],
			[api("GET", "https://good.example/"), "approved good"],
			[api("POST", "https://good.example/"), "denied no-evil"],
			[api("POST", "https://evil.example/"), "denied no-evil"],
			[api("POST", "nonsense"), "denied no-evil"],
			[mcp("s", "n"), "approved mcp"],
			[mcp("S", "DROP"), "denied no-mcp"],
			[rd("docs/deep/er/b.md"), "denied no-plans"],
			[rd("docs/DEEP/er/b.md"), "denied no-plans"],
			[rd("src/a.ts"), "normal: Your rule ask-src"],
			[rd("docs/a.md"), "passed free"],
			[w("db/x", "x"), "approved all"],
			[w("db/x", "x"), "denied codex-only", { agent: "codex" }],
			[w("db/x", "x"), "approved all", { agent: "Codex" }],
			[send, "denied no-mail"],
			[{ ...send, to: "OPS" } as Action, "denied no-mail"],
			[{ ...send, to: "dev" } as Action, "normal"],
			[custom, "denied no-deploy"],
			[w(".vscode/settings.json"), "protected: configures"],
		],
	},
	{
		theme: "a deny rule holds at any length",
		policy: RULED,
		rows: [60, 1000, 20_000].flatMap((count) => [
			[cmd(`${"true && ".repeat(count)}git push --force`), "denied no-force"],
			[sh("sh", "-c", `${"true;".repeat(count)}git push --force`), "denied no-force"],
			[api("POST", `https://x.example/${"a".repeat(count)}`), "denied no-evil"],
		]) as Row[],
	},
	{
		theme: "contents that a person should see",
		policy: allow('id: md, tool: file_write, path: "docs/**"'),
		rows: [
			[w("docs/a.md", "plain, caf\u00e9, \u65e5\u672c\n"), "approved md"],
			[w("docs/a.md", ""), "approved md"],
			...["\u202e", "\u2066", "\u200b", "\u00ad", "\u{e0061}", "\u0000", "\u001b[2J", "\u3164", "\u2028"].map(
				(odd): Row => [w("docs/a.md", `a${odd}b\n`), "normal", { needs: "oddText" }],
			),
			[edit("docs/a.md", "a", "\u202e"), "normal", { needs: "oddText" }],
			[all(w("docs/a.md", "a\u202eb")), "normal", { needs: "oddText" }],
			[all(edit("docs/a.md", "a", "\u202e")), "normal", { needs: "oddText" }],
			[all(w("docs/a.md", "\u200b")), "normal"],
			[all(edit("docs/a.md", "a", "\u200b")), "normal"],
			[{ tool: "file_write", path: "docs/a.md", content: { base64: "4oCu" } }, "normal", { needs: "oddText" }],
			[{ tool: "file_write", path: "docs/a.md", content: { base64: "/w==" } }, "normal", { needs: "oddText" }],
			[edit("docs/a.md", "not there", "x"), "high: is not in the file"],
		],
	},
	{
		theme: "what can do more than it shows is covered by no rule",
		policy: `${allow('id: w, tool: file_write, path: "**"', "id: s, tool: shell_execute, argv: [make]", "id: c, tool: mcp_call, server: s, name: n, arguments: {}", 'id: r, tool: file_read, path: "**"')}free: []\n`,
		rows: [
			[w("docs/a.md"), "high: It waits for input.", { caution: "It waits for input." }],
			[sh("make"), "high: It waits", { caution: "It waits for input." }],
			[mcp("s", "n"), "high: names a file", { caution: "It names a file." }],
			[rd("docs/a.md"), "high: searches", { caution: "It searches." }],
			[w(".vscode/x"), "protected: It waits", { caution: "It waits for input." }],
			[sh("make"), "approved s"],
		],
	},
	{
		theme: "a paused gate",
		state: "paused",
		policy: `${allow('id: w, tool: file_write, path: "docs/**"', "id: s, tool: shell_execute, argv: [make]")}  - { id: no, effect: deny, tool: file_write, path: "src/**" }\n`,
		rows: [
			[rd("docs/a.md"), "normal: would pass otherwise"],
			[log, "normal: would pass otherwise"],
			[w("docs/a.md"), "normal: would pass otherwise"],
			[sh("make"), "normal: would pass otherwise"],
			[w("a.md"), "normal"],
			[w("src/a.ts"), "denied no"],
			[rd(".env"), "high: keys, tokens"],
			[w(".env"), "high: credentials"],
		],
	},
	...(["drifted", "changed", "deleted"] as const).map(
		(state): Theme => ({
			theme: `a gate ${{ drifted: "that stands on a file that somebody changed", changed: "whose policy somebody loosened", deleted: "whose policy somebody deleted" }[state]}`,
			state,
			policy: `free: [log_write]\nprotect: ["src/**"]\n${allow('id: w, tool: file_write, path: "docs/**"', "id: s, tool: shell_execute, argv: [make]", 'id: r, tool: file_read, path: "**"')}  - { id: no, effect: deny, tool: file_write, path: "db/**" }\n`,
			rows: [
				[w("docs/a.md"), "normal"],
				[sh("make"), "normal"],
				[rd("docs/a.md"), "normal"],
				[all(w("docs/a.md")), "normal"],
				[w("db/x"), "denied no"],
				[w("src/a.ts"), "protected: by your policy"],
				[log, "passed free"],
			],
		}),
	),
	{
		theme: "an organization's policy",
		policy: allow(
			'id: w, tool: file_write, path: "**"',
			"id: s, tool: shell_execute, argv: [make]",
			"id: c, tool: mcp_call, server: s, name: n, arguments: {}",
		),
		managed:
			'free: [file_read]\nprotect: ["infra/**"]\nrequire_approval: [shell_execute]\nrules:\n  - { id: org, effect: deny, tool: file_write, path: "legal/**" }\n  - { id: look, effect: ask, tool: file_write, path: "src/**" }\n',
		rows: [
			[w("docs/a.md"), "approved w"],
			[w("legal/x"), "denied org"],
			[w("src/a.ts"), "normal: Your organization's rule look says so."],
			[w("infra/x"), "protected: by your policy"],
			[sh("make"), "normal"],
			[mcp("s", "n"), "approved c"],
			[rd("docs/a.md"), "passed free"],
			[log, "normal"],
		],
	},
	{
		theme: "an organization's policy that is not valid locks everything",
		policy: `${allow('id: w, tool: file_write, path: "**"', "id: s, tool: shell_execute, argv: [make]")}  - { id: no, effect: deny, tool: file_write, path: "db/**" }\n`,
		managed: "free: [everything]\n",
		rows: [
			[w("docs/a.md"), "normal"],
			[all(w("docs/a.md")), "normal"],
			[sh("make"), "normal"],
			[rd("docs/a.md"), "normal"],
			[log, "normal"],
			[w("db/x"), "denied no"],
		],
	},
	{
		theme: "a repository's policy that a person adopted",
		policy: allow('id: w, tool: file_write, path: "**"', "id: s, tool: shell_execute, argv: [make]"),
		repository:
			'free: [log_write]\nprotect: ["infra/**"]\nrequire_approval: [changes]\nrules:\n  - { id: repo, effect: deny, tool: file_write, path: "gen/**", reason: "Generated." }\n',
		rows: [
			[w("docs/a.md"), "approved w"],
			[all(w("docs/a.md")), "normal"],
			[w("gen/x"), "denied repo"],
			[w("infra/x"), "protected: by your policy"],
			[rd("docs/a.md"), "normal"],
			[log, "passed free"],
			[sh("make"), "approved s"],
		],
	},
];

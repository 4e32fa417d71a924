import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import {
	type Effect,
	evaluate,
	evaluateInside,
	isInside,
	type Place,
	type Tier,
	type Verdict,
} from "../../../../src/core/policy/evaluate.ts";
import { parsePolicy } from "../../../../src/core/policy/parsePolicy.ts";
import { ASK_EVERYTHING, type Policy } from "../../../../src/core/policy/policy.ts";
import type { PathFacts } from "../../../../src/core/ports.ts";
import type { Action } from "../../../../src/protocol/action.ts";
import { worked } from "../../../support/worked.ts";

const PLACE: Place = { folder: "/ws", home: "/home/u/.countersign" };

function policyOf(text: string, folder = PLACE.folder): Policy {
	const result = parsePolicy(text, folder);
	if ("errors" in result) throw new Error(JSON.stringify(result.errors));
	return result.policy;
}

const DEFAULT = policyOf("");
const ASKED = { action: { tool: "file_delete" as const, path: "/ws/a", recursive: true }, agent: "" };

/** A regular file that only its name makes special. `given` may be relative. */
function facts(given: string, more: Partial<PathFacts> = {}): PathFacts {
	const lexical = resolve(PLACE.folder, given);
	const nothing = { dev: 1, ino: 2, mode: 0o644, nlink: 1, size: 1, parents: "" };
	return { given, lexical, canonical: lexical, kind: "file", ...nothing, ...more };
}

const missing = (given: string) => facts(given, { kind: "missing", dev: 0, ino: 0, mode: 0, nlink: 0, size: 0 });
const write = (path: string): Action => ({ tool: "file_write", path, content: "x" });
const shell = (command: string): Action => ({ tool: "shell_execute", command });

function judge(action: Action, paths: readonly PathFacts[] = [], policy = DEFAULT, place = PLACE) {
	const { effect, tier, ruleId, why } = evaluate(action, paths, policy, place);
	return { effect, tier, ruleId, why: why.join(" ") };
}

describe("T23 · what a write asks depends on where it goes, in every spelling of the name", () => {
	const ROWS: readonly [tier: Tier, path: string][] = [
		["normal", "/ws/a.txt"],
		["normal", "src/deep/er/a.ts"],
		["normal", "/ws/.hidden"],
		["normal", "/ws/gitignore/x"],
		["normal", "/ws/.gitignore"],
		["normal", "/ws/vscode/settings.json"],
		["normal", "/ws/my.vscode.d/x"],
		["normal", "/ws/environment"],
		["normal", "/ws/.env.example"],
		["normal", "/ws/sub/.env.template"],
		["normal", "/ws/claude/notes.txt"],
		["normal", "/ws/docs/agents.txt"],
		["normal", "/ws/a~1b/x"],
		["normal", "/ws/src/binary/activate.ts"],

		// What configures an agent, an editor or the gate: P0.
		["protected", "/ws/.vscode/settings.json"],
		["protected", "/ws/.vscode"],
		["protected", "/ws/.vscode/new/deep.json"],
		["protected", "/ws/sub/.vscode/tasks.json"],
		["protected", "/ws/.VSCODE/Settings.json"],
		["protected", "/ws/.vscode./settings.json"],
		["protected", "/ws/.vscode /settings.json"],
		["protected", "/ws/.vscode. . ./settings.json"],
		["protected", "/ws/.vscode/settings.json::$DATA"],
		["protected", "/ws/.vscode::$INDEX_ALLOCATION/settings.json"],
		["protected", "/ws/.vscode:stream"],
		["protected", "/ws/.vs\u200ccode/settings.json"],
		["protected", "/ws/.vs\u00adcode/settings.json"],
		["protected", "/ws/.v\ufe0fscode/settings.json"],
		["protected", "/ws/.v\u{e0061}scode/settings.json"],
		["protected", "/ws/．ｖｓｃｏｄｅ/settings.json"],
		["protected", "/ws/.vſcode/settings.json"],
		["protected", "/ws/.vscode\\settings.json"],
		["protected", "/ws/a/../.vscode/settings.json"],
		["protected", "/ws/./.vscode//settings.json"],
		["protected", "/ws/x.code-workspace"],
		["protected", "/ws/X.Code-Workspace"],
		["protected", "/ws/.claude/settings.json"],
		["protected", "/ws/.claude"],
		["protected", "/ws/.Claude/Settings.Local.json"],
		["protected", "/ws/.mcp.json"],
		["protected", "/home/u/.claude.json"],
		["protected", "/ws/.cursor/hooks.json"],
		["protected", "/ws/.codex/config.toml"],
		["protected", "/ws/.gemini/settings.json"],
		["protected", "/ws/.qwen/settings.json"],
		["protected", "/ws/.opencode/plugin/x.ts"],
		["protected", "/ws/opencode.json"],
		["protected", "/ws/opencode.jsonc"],
		["protected", "/home/u/.config/opencode/plugin/countersign.js"],
		["protected", "/ws/.clinerules/hooks/PreToolUse.sh"],
		["protected", "/home/u/Documents/Cline/Hooks/PreToolUse"],
		["protected", "/ws/.cline/hooks/PreToolUse.sh"],
		["protected", "/home/u/.gemini/policies/countersign.toml"],
		["protected", "/etc/codex/requirements.toml"],
		["protected", "/ws/.kiro/x"],
		["protected", "/ws/.windsurf/x"],
		["protected", "/ws/.agents/skills/x.md"],
		["protected", "/ws/.openclaw/x"],
		["protected", "/ws/.github/hooks/x.json"],
		["protected", "/ws/.countersign/policy.yaml"],
		["protected", "/ws/.countersign"],
		["protected", "/ws/.Countersign/audit.jsonl"],
		["protected", "/home/u/.countersign/keys/x"],
		["protected", "/home/u/.countersign"],
		["protected", "/home/u/.config/Code/User/settings.json"],
		["protected", "/home/u/.config/Code - Insiders/User/keybindings.json"],
		["protected", "/home/u/.config/VSCodium/User/profiles/a/settings.json"],
		["protected", "/home/u/Library/Application Support/Code/User/tasks.json"],
		["protected", "/home/u/.vscode/extensions/x/extension.js"],
		["protected", "/home/u/.vscode-insiders/extensions/x/extension.js"],
		["protected", "/home/u/.vscode-oss/extensions/x/extension.js"],
		["protected", "/home/u/.vscode-server/data/Machine/settings.json"],
		["protected", "/home/u/.vscode/argv.json"],
		["protected", "/etc/claude-code/managed-settings.json"],
		["protected", "/etc/claude-code/managed-settings.d/x.json"],
		// A template's name opens nothing that its folder closes.
		["protected", "/ws/.vscode/.env.example"],
		["protected", "/ws/.claude/.env.sample"],

		// What can run code or holds credentials: P1.
		["high", "/ws/.git/config"],
		["high", "/ws/.git"],
		["high", "/ws/sub/.git/hooks/pre-commit"],
		["high", "/ws/.GIT/config"],
		["high", "/ws/GIT~1/config"],
		["high", "/ws/GI7EBA~1/config"],
		["high", "/ws/.g\u200cit/config"],
		["high", "/ws/.git./config"],
		["high", "/ws/.git::$INDEX_ALLOCATION/config"],
		["high", "/ws/．ｇｉｔ/config"],
		["high", "/ws/mirror.git/hooks/post-receive"],
		["high", "/ws/.git/.env.example"],
		["high", "/ws/.gitmodules"],
		["high", "/ws/.gitattributes"],
		["high", "/ws/sub/.gitconfig"],
		["high", "/ws/.husky/pre-push"],
		["high", "/ws/.githooks/x"],
		["high", "/ws/.pre-commit-config.yaml"],
		["high", "/ws/lefthook.yml"],
		["high", "/ws/.bashrc"],
		["high", "/ws/.bash_aliases"],
		["high", "/ws/.zshenv"],
		["high", "/ws/.config/fish/config.fish"],
		["high", "/ws/Documents/PowerShell/Microsoft.PowerShell_profile.ps1"],
		["high", "/ws/.envrc"],
		["high", "/ws/.env"],
		["high", "/ws/.env.production"],
		["high", "/ws/.ENV"],
		["high", "/ws/.ssh/authorized_keys"],
		["high", "/ws/.aws/credentials"],
		["high", "/ws/.config/autostart/x.desktop"],
		["high", "/ws/.config/git/config"],
		["high", "/ws/.npmrc"],
		["high", "/ws/.yarnrc.yml"],
		["high", "/ws/.yarn/releases/yarn.cjs"],
		["high", "/ws/.pnpmfile.cjs"],
		["high", "/ws/bunfig.toml"],
		["high", "/ws/pip.conf"],
		["high", "/ws/lib/x.pth"],
		["high", "/ws/sitecustomize.py"],
		["high", "/ws/venv/bin/activate"],
		["high", "/ws/venv/Scripts/Activate.ps1"],
		["high", "/ws/.devcontainer/devcontainer.json"],
		["high", "/ws/.devcontainer.json"],
		["high", "/ws/.idea/workspace.xml"],
		["high", "/ws/.github/workflows/ci.yml"],
		["high", "/ws/CLAUDE.md"],
		["high", "/ws/sub/agents.md"],
		["high", "/ws/GEMINI.md"],
		["high", "/ws/.cursorrules"],
		["high", "/ws/.clinerules/x.md"],

		// Short names may be another file's; outside of every root is asked twice.
		["high", "/ws/VSCODE~1/settings.json"],
		["high", "/ws/SETTIN~1.JSO"],
		["high", "/ws-evil/x"],
		["high", "/w"],
		["high", "/ws/../ws-evil/x"],
		["high", "/etc/hosts"],
		["high", "/tmp/x"],
		["high", "/proc/self/root/ws/x"],
	];

	test.each(ROWS)("%s: %j", (tier, path) => {
		for (const kind of [facts(path), missing(path)]) {
			expect(judge(write(path), [kind])).toMatchObject({ effect: "ask", tier, ruleId: null });
			expect(judge({ tool: "file_delete", path }, [kind])).toMatchObject({ effect: "ask", tier, ruleId: null });
		}
	});

	test("no rule, however wide, and no root opens them", () => {
		const open = policyOf('roots: ["/"]\nfree: [file_read, log_write]\nrequire_approval: []');
		for (const [tier, path] of ROWS) {
			const outsideOnly = /^\S+ lies outside the workspace\.$/.test(judge(write(path), [facts(path)]).why);
			const expected = outsideOnly ? "normal" : tier;
			expect(judge(write(path), [facts(path)], open), path).toMatchObject({ effect: "ask", tier: expected });
		}
	});

	test("why it is not normal is said with the real path", () => {
		expect(judge(write("/ws/.vscode/x"), [facts("/ws/.vscode/x")]).why).toBe(
			"/ws/.vscode/x configures an agent, an editor or this gate.",
		);
		expect(judge(write("/ws/.git/config"), [facts("/ws/.git/config")]).why).toContain(
			"can run code or holds credentials",
		);
		expect(judge(write("/x"), [facts("/x")]).why).toBe("/x lies outside the workspace.");
		expect(judge(write("/ws/a"), [facts("/ws/a")]).why).toBe("");
	});
});

describe("a path is judged by where it leads and by what it says", () => {
	const ROWS: readonly [what: string, PathFacts, tier: Tier, why: RegExp | undefined][] = [
		[
			"a link to a protected file",
			facts("a.txt", { canonical: "/ws/.vscode/settings.json" }),
			"protected",
			/configures/,
		],
		[
			"a protected name that leads to a harmless file",
			facts(".vscode/x", { canonical: "/ws/a.txt" }),
			"protected",
			/a\.txt configures/,
		],
		["a link into .git", facts("docs/x", { canonical: "/ws/.git/hooks/x" }), "high", /can run code/],
		["a link that leaves the workspace", facts("a.txt", { canonical: "/etc/passwd" }), "high", /outside|credentials/],
		["a link that comes back in", facts("/tmp/x", { canonical: "/ws/a.txt" }), "normal", undefined],
		["a second name of a file", facts("a.txt", { nlink: 2 }), "high", /2 names \(hard links\)/],
		["a setuid program", facts("a", { mode: 0o4755 }), "high", /setuid or setgid/],
		["a setgid program", facts("a", { mode: 0o2755 }), "high", /setuid or setgid/],
		["a read-only file", facts("a", { mode: 0o444 }), "high", /read-only/],
		["a new file in the gate's own home, elsewhere", missing("/home/u/.countersign/run/x"), "protected", /this gate/],
	];
	test.each(ROWS)("%s", (_, path, tier, why) => {
		const verdict = judge(write(path.given), [path]);
		expect(verdict).toMatchObject({ effect: "ask", tier });
		expect(verdict.why).toMatch(why ?? /^$/);
	});

	test("a folder always has several names: that alone is nothing", () => {
		const folder = facts("a", { kind: "directory", nlink: 5, mode: 0o755 });
		expect(judge({ tool: "file_delete", path: "a" }, [folder])).toMatchObject({ tier: "normal", why: "" });
	});

	test("a COUNTERSIGN_HOME of another name is protected as well, in any case", () => {
		const place = { folder: "/ws", home: "/srv/Gate" };
		for (const path of ["/srv/Gate/policy.yaml", "/srv/gate/policy.yaml", "/srv/Gate"]) {
			expect(judge(write(path), [facts(path)], DEFAULT, place).tier, path).toBe("protected");
		}
		expect(judge(write("/srv/Gate2"), [facts("/srv/Gate2")], DEFAULT, place).tier).toBe("high");
	});
});

describe("of several paths the strictest counts", () => {
	const rename: Action = { tool: "file_rename", from: "a", to: "b" };
	const changes: Action = { tool: "changes", changes: [{ tool: "file_delete", path: "a" }] };
	test.each([
		["from a protected place", rename, ["/ws/.vscode/x", "/ws/b"], "protected"],
		["to a protected place", rename, ["/ws/a", "/ws/.vscode/x"], "protected"],
		["out of the workspace", rename, ["/ws/a", "/tmp/b"], "high"],
		["inside", rename, ["/ws/a", "/ws/b"], "normal"],
		["one of many", changes, ["/ws/a", "/ws/b", "/ws/.git/x", "/ws/c"], "high"],
		["one of many, worse", changes, ["/ws/.git/x", "/ws/.mcp.json", "/tmp/x"], "protected"],
		["none of many", changes, ["/ws/a", "/ws/b"], "normal"],
	] as [string, Action, string[], Tier][])("%s", (_, action, paths, tier) => {
		expect(
			judge(
				action,
				paths.map((path) => facts(path)),
			),
		).toMatchObject({ effect: "ask", tier });
	});
});

describe("reads are free, but not of keys, tokens and secrets", () => {
	const ROWS: readonly [effect: Effect, path: string][] = [
		["allow", "/ws/a.txt"],
		["allow", "/ws/.vscode/settings.json"],
		["allow", "/ws/.git/config"],
		["allow", "/ws/.env.example"],
		["allow", "/ws/packages/a/.env.sample"],
		["allow", "/ws/.env.template"],
		["allow", "/ws/.env.dist"],
		["allow", "/ws/.countersign/audit.jsonl"],
		["allow", "/ws/keys.md"],
		["allow", "/ws/src/key/index.ts"],
		["ask", "/ws/.env"],
		["ask", "/ws/.env.local"],
		["ask", "/ws/.ENV"],
		["ask", "/ws/.env.example.local"],
		["ask", "/ws/.envrc"],
		["ask", "/ws/.e\u200cnv"],
		["ask", "/ws/．env"],
		["ask", "/home/u/.ssh/id_ed25519"],
		["ask", "/home/u/.ssh/config"],
		["ask", "/home/u/.ssh/.env.example"],
		["ask", "/home/u/.aws/credentials"],
		["ask", "/home/u/.kube/config"],
		["ask", "/home/u/.gnupg/x"],
		["ask", "/home/u/.config/gcloud/x"],
		["ask", "/home/u/.docker/config.json"],
		["ask", "/home/u/.npmrc"],
		["ask", "/home/u/.netrc"],
		["ask", "/home/u/.git-credentials"],
		["ask", "/home/u/.pgpass"],
		["ask", "/home/u/.claude/.credentials.json"],
		["ask", "/home/u/.codex/auth.json"],
		["ask", "/home/u/.gemini/oauth_creds.json"],
		["ask", "/home/u/.config/gh/hosts.yml"],
		["ask", "/ws/deploy/id_rsa"],
		["ask", "/ws/certs/server.pem"],
		["ask", "/ws/certs/server.KEY"],
		["ask", "/ws/a.p12"],
		["ask", "/etc/shadow"],
		["ask", "/proc/1/environ"],
		["ask", "/proc/self/environ"],
		["ask", "/home/u/.countersign/run/0123.json"],
		["ask", "/home/u/.countersign/keys/x"],
		["ask", "/home/u/.countersign/channels.yaml"],
		["ask", "/home/u/.countersign/policy.yaml"],
		["ask", "/home/u/.countersign/journal/0123/journal.jsonl"],
		["ask", "/home/u/.countersign/blobs/ab/abcd"],
		["ask", "/home/u/.Countersign/heads/x"],
		["ask", "/home/u"],
		["ask", "/proc/1/task/1/environ"],
	];
	test.each(ROWS)("%s: %j", (effect, path) => {
		const expected =
			effect === "allow" ? { effect, tier: "free", ruleId: "free" } : { effect, tier: "high", ruleId: null };
		expect(judge({ tool: "file_read", path }, [facts(path)])).toMatchObject(expected);
		const linked = facts("harmless.txt", { canonical: resolve("/ws", path) });
		expect(judge({ tool: "file_read", path: "harmless.txt" }, [linked])).toMatchObject(expected);
	});

	test("the token of a gate whose home has another name is a secret too", () => {
		const place = { folder: "/ws", home: "/srv/Gate" };
		for (const path of ["/srv/Gate/run/x.json", "/srv/gate/KEYS/x", "/srv/Gate/channels.yaml"]) {
			expect(judge({ tool: "file_read", path }, [facts(path)], DEFAULT, place).effect, path).toBe("ask");
		}
	});

	test("logging is free", () => {
		expect(judge({ tool: "log_write", text: "/approve" })).toMatchObject({
			effect: "allow",
			tier: "free",
			ruleId: "free",
		});
	});
});

describe("what the policy says of the free tools", () => {
	const read: Action = { tool: "file_read", path: "a" };
	const log: Action = { tool: "log_write", text: "" };
	test.each([
		["nothing", "", "allow", "allow"],
		["both, as the article does", "free: [file_read, log_write]", "allow", "allow"],
		["none", "free: []", "ask", "ask"],
		["one", "free: [log_write]", "ask", "allow"],
		["that reads ask (the article's second mistake)", "require_approval: [file_read, log_write]", "ask", "ask"],
		["both at once: the stricter wins", "require_approval: [file_read]\nfree: [file_read, log_write]", "ask", "allow"],
	] as [string, string, Effect, Effect][])("%s", (_, text, reads, logs) => {
		const policy = policyOf(text);
		expect(judge(read, [facts("a")], policy).effect).toBe(reads);
		expect(judge(log, [], policy).effect).toBe(logs);
	});

	test("with no good policy at all everything asks", () => {
		for (const action of [read, log, write("a"), shell("ls")]) {
			expect(judge(action, [facts("a")], ASK_EVERYTHING)).toMatchObject({ effect: "ask", ruleId: null });
		}
	});
});

describe("a tool asks whether the policy names it or not", () => {
	const ACTIONS: readonly Action[] = [
		write("a"),
		{ tool: "file_write", path: "a", edits: [{ old: "a", new: "b" }] },
		{ tool: "file_delete", path: "a" },
		{ tool: "file_rename", from: "a", to: "b" },
		{ tool: "changes", changes: [{ tool: "file_delete", path: "a" }] },
		shell("true"),
		{ tool: "shell_execute", argv: ["true"] },
		{ tool: "api_call", method: "GET", url: "https://example.com" },
		{ tool: "send_message", to: "a", text: "b" },
		{ tool: "mcp_call", server: "s", name: "n", arguments: {} },
		{ tool: "custom", name: "n", arguments: {} },
	];
	test.each(ACTIONS)("%j", (action) => {
		for (const text of [
			"",
			"require_approval: []",
			"require_approval: [file_read]",
			`require_approval: [${action.tool}]`,
		]) {
			expect(judge(action, [facts("a")], policyOf(text))).toMatchObject({
				effect: "ask",
				tier: "normal",
				ruleId: null,
			});
		}
	});

	test("a folder with everything in it is asked twice, alone or among changes, deleted or moved", () => {
		const folder = facts("a", { kind: "directory" });
		const recursive = { tool: "file_delete", path: "a", recursive: true } as const;
		for (const action of [recursive, { tool: "changes", changes: [recursive] } satisfies Action]) {
			const why = expect.stringMatching(/deletes a folder with everything in it/);
			expect(judge(action, [folder])).toMatchObject({ tier: "high", why });
		}
		const rename: Action = { tool: "file_rename", from: "a", to: "b" };
		const why = expect.stringMatching(/moves a folder with everything in it/);
		expect(judge(rename, [folder, missing("b")])).toMatchObject({ tier: "high", why });
	});
});

describe("what goes with a folder counts as if it were named", () => {
	const high: Verdict = { effect: "ask", tier: "high", ruleId: null, why: ["It deletes a folder."] };
	const folder = facts("dir", { kind: "directory" });

	test.each([
		[["a.txt", "b/c.txt"], "high"],
		[["b", "b/.git", "b/.git/config"], "high"],
		[["b", "b/.vscode", "b/.vscode/settings.json"], "protected"],
		[["b/.VSCODE/x"], "protected"],
		[[".vs\u200ccode/x"], "protected"],
		[["x.code-workspace"], "protected"],
		[["sub/.claude"], "protected"],
		[[], "high"],
	] as [string[], Tier][])("%j: %s", (names, tier) => {
		expect(evaluateInside(high, folder, names, DEFAULT, PLACE, ASKED).tier).toBe(tier);
	});

	test("also what the policy protects, what a link leads to, and the gate's own home", () => {
		const policy = policyOf('protect: ["**/production/**"]');
		expect(evaluateInside(high, folder, ["production/config.yml"], policy, PLACE, ASKED)).toEqual({
			...high,
			tier: "protected",
			why: [...high.why, "/ws/dir holds production/config.yml, which is protected."],
		});
		const linked = facts("dir", { kind: "directory", canonical: "/home/u/.config/Code" });
		expect(evaluateInside(high, linked, ["User/settings.json"], DEFAULT, PLACE, ASKED).tier).toBe("protected");
		const above = facts("/srv", { kind: "directory" });
		const place = { folder: "/ws", home: "/srv/Gate" };
		expect(evaluateInside(high, above, ["Gate", "Gate/keys"], DEFAULT, place, ASKED).tier).toBe("protected");
	});
});

describe("an agent does not start, install or remove the gate from a shell", () => {
	test.each([
		"countersign serve",
		"countersign  serve --json",
		"/usr/local/bin/countersign hook claude-code",
		"npx countersign connect codex",
		"countersign --workspace /x disconnect claude-code",
		"cd /x && Countersign serve &",
		"sh -c 'countersign serve'",
		'"/opt/counter sign/countersign" serve',
		'countersign "serve"',
		"countersign 's'erve",
		"countersign\tserve",
		"countersign \\\n serve",
		"count''ersign serve",
		"countersign.cmd serve",
		"countersign-hook x hook",
		"cat ~/.countersign/keys/x",
		"rm -rf .countersign",
		"cat /home/u/.countersign/run/*.json",
		"cp x /home/u/.Countersign/policy.yaml",
	])("%s", (command) => {
		expect(judge(shell(command))).toMatchObject({
			effect: "ask",
			tier: "protected",
			why: expect.stringMatching(/Countersign itself/),
		});
		const argv = command.split(" ").filter((word) => word !== "");
		expect(judge({ tool: "shell_execute", argv })).toMatchObject({ effect: "ask", tier: "protected" });
	});

	test.each([
		"git push",
		"countersign verify",
		"countersign log",
		"npm run serve",
		"grep -r countersign src",
		"echo serve",
	])("%s is a command like others", (command) => {
		expect(judge(shell(command))).toMatchObject({ effect: "ask", tier: "normal", why: "" });
	});

	test("nor does a command that starts in the gate's own folder", () => {
		const at = (cwd: string): Action => ({ tool: "shell_execute", command: "cat keys/*", cwd });
		for (const cwd of [
			"/home/u/.countersign",
			"/home/u/.countersign/run",
			"/ws/.countersign",
			"../home/u/.countersign",
		]) {
			expect(judge(at(cwd)), cwd).toMatchObject({ tier: "protected" });
		}
		expect(judge(at("/ws/sub"))).toMatchObject({ tier: "normal" });
	});

	test("a command of 4 MiB that is made to be slow is judged in less than a second", () => {
		const size = 4 * 1024 * 1024;
		for (const piece of ["countersign ", "countersign", "countersign\t a", "'", "a ", "\\ "]) {
			const from = worked();
			judge(shell(piece.repeat(size / piece.length)));
			expect(worked() - from, piece).toBeLessThan(1000);
		}
	});
});

describe("what the policy protects only the editor may approve", () => {
	const ARTICLE = policyOf('protect: ["/etc/**", "**/production/**"]');
	test.each([
		["/etc/hosts", "protected"],
		["/ETC/hosts", "protected"],
		["/etc", "protected"],
		["/ws/production/config.yml", "protected"],
		["/ws/a/b/Production/.env", "protected"],
		["/ws/production./config.yml", "protected"],
		["/ws/ｐroduction/config.yml", "protected"],
		["/srv/production/x", "protected"],
		["/ws/production", "protected"],
		["/ws/reproduction/x", "normal"],
		["/ws/productions/x", "normal"],
		["/etcetera/x", "high"],
	] as [string, Tier][])("%j is %s", (path, tier) => {
		expect(judge(write(path), [facts(path)], ARTICLE)).toMatchObject({ effect: "ask", tier });
	});

	test.each([
		["docs/**", "/ws/docs/a.md", true],
		["docs/**", "/ws/sub/docs/a.md", false],
		["docs/*.md", "/ws/docs/.hidden.md", true],
		["docs/*.md", "/ws/docs/deep/a.md", false],
		["./docs/**", "/ws/docs/a.md", true],
		["docs/", "/ws/docs/a.md", true],
		["docs", "/ws/docs/a.md", true],
		["docs", "/ws/docs", true],
		["Docs/**", "/ws/docs/a.md", true],
		["docs/**", "/ws/DOCS/a.md", true],
		["/srv/data", "/srv/data/x", true],
		["/srv/data/", "/srv/data/x", true],
		["/srv/data", "/srv/database/x", false],
		["*.lock", "/ws/yarn.lock", true],
		["*.lock", "/ws/sub/yarn.lock", false],
		["**/*.lock", "/ws/sub/yarn.lock", true],
		["{a,b}/**", "/ws/b/x", true],
	] as [string, string, boolean][])("%j covers %s: %s", (glob, path, covered) => {
		const policy = policyOf(`protect: [${JSON.stringify(glob)}]`);
		expect(judge(write(path), [facts(path)], policy).tier === "protected").toBe(covered);
	});

	test.each([
		"/home/u/work (copy)",
		"/home/u/[old]",
		"/home/u/a{1,2}",
		"/home/u/what?",
		"/home/u/!x",
		"/home/u/a+b",
		"/srv/Ünï",
	])("a relative glob starts at the folder, also at %s", (folder) => {
		const policy = policyOf('protect: ["conf/*.yml", "secret.txt"]', folder);
		const place = { ...PLACE, folder };
		for (const path of [`${folder}/conf/a.yml`, `${folder}/secret.txt`]) {
			expect(judge(write(path), [facts(path)], policy, place).tier, path).toBe("protected");
		}
		const other = `${folder}/open.txt`;
		expect(judge(write(other), [facts(other)], policy, place).tier).toBe("normal");
	});
});

describe("folders outside of the workspace that count as normal", () => {
	const policy = policyOf("roots: [/etc/cache, /srv/data/]");
	test.each([
		["/etc/cache/tmp.log", "normal"],
		["/etc/cache", "normal"],
		["/srv/data/x", "normal"],
		["/etc/cached/x", "high"],
		["/etc/hosts", "high"],
		["/srv", "high"],
		["/etc/cache/.git/config", "high"],
		["/etc/cache/.vscode/x", "protected"],
	] as [string, Tier][])("%j is %s", (path, tier) => {
		expect(judge(write(path), [facts(path)], policy).tier).toBe(tier);
	});

	test("a whole etc as a root still asks twice for what runs by itself", () => {
		const wide = policyOf("roots: [/etc]");
		for (const name of [
			"crontab",
			"cron.d/x",
			"cron.weekly/x",
			"cron.monthly/x",
			"sudoers",
			"sudoers.d/x",
			"profile.d/x",
		]) {
			expect(judge(write(`/etc/${name}`), [facts(`/etc/${name}`)], wide).tier, name).toBe("high");
		}
	});
});

test("a folder contains itself and what is below it, by whole names", () => {
	expect(isInside("/ws", "/ws")).toBe(true);
	expect(isInside("/ws/a", "/ws")).toBe(true);
	expect(isInside("/ws/a", "/ws/")).toBe(true);
	expect(isInside("/anything", "/")).toBe(true);
	expect(isInside("/ws-evil/a", "/ws")).toBe(false);
	expect(isInside("/w", "/ws")).toBe(false);
	expect(isInside("/", "/ws")).toBe(false);
});

import { describe, expect, test } from "vitest";
import { neverARule } from "../../../src/core/policy/programs.ts";

const words = (command: string) => command.split(" ");

describe("a rule may name these", () => {
	test.each([
		...[
			"npm test",
			"npm run lint",
			"npm ci",
			"git status",
			"git log --oneline -n 5",
			"git diff --stat",
			"git push origin main",
		],
		...["git commit -m x", "git add -A", "git push -u origin main", "git switch -c topic", "git checkout HEAD -- a.ts"],
		...[
			"cargo test",
			"cargo build --release",
			"make test",
			"make -j4 test",
			"make",
			"go vet",
			"go vet ./...",
			"go test -count=1 ./...",
		],
		...[
			"go build -v",
			"tsc",
			"tsc -p .",
			"eslint src",
			"ls -la",
			"cat a.txt",
			"grep -rn x src",
			"rg x",
			"docker ps",
			"kubectl get pods",
		],
		...["pnpm lint", "yarn build", "/usr/bin/git status", "sort -u x", "pytest -q", "constructor", "cargo check"],
	])("%s", (command) => {
		expect(neverARule(words(command))).toBeUndefined();
	});
});

describe("a rule may not name these", () => {
	const INTERPRETER = /is an interpreter: what it runs is in its arguments or its input\.$/;
	const LAUNCHER = /starts other programs/;
	const WRITER = /changes or deletes files/;
	const NET = /sends and fetches/;
	const OPTION = /starts other programs, loads code or writes where it is told/;
	const GIT = /is not one of git's own commands/;
	const SHELL = /is a word of the shell itself/;
	const HERE = /can be changed by an agent/;
	const ODD = /line break, a control character/;
	const ROWS: readonly [why: RegExp, ...commands: string[]][] = [
		[
			INTERPRETER,
			...[
				"sh -c x",
				"bash x",
				"zsh",
				"dash",
				"ksh",
				"fish",
				"pwsh",
				"PowerShell.exe -c x",
				"cmd /c x",
				"CMD.EXE",
				"python x",
			],
			...[
				"python3",
				"python3.12 -c x",
				"/usr/bin/python3.11",
				"pypy3",
				"node -e x",
				"node22",
				"deno run x",
				"bun test",
				"perl5.36",
			],
			...[
				"ruby3.2",
				"php8",
				"lua5.4",
				"osascript",
				"awk x",
				"gawk",
				"sed -n p x",
				"Rscript x",
				"tclsh8.6",
				"ed",
				"vi x",
				"vim",
			],
			...[
				"ex",
				"emacs",
				"gdb",
				"less x",
				"man x",
				"eval x",
				"source x",
				".",
				"C:\\Python\\python.exe x",
				"/proc/self/root/bin/bash",
			],
		],
		[
			LAUNCHER,
			...[
				"env x",
				"sudo x",
				"doas x",
				"su",
				"timeout 5 x",
				"nice x",
				"nohup x",
				"setsid x",
				"xargs x",
				"find .",
				"parallel x",
			],
			...[
				"watch x",
				"time x",
				"strace x",
				"ltrace x",
				"ssh h",
				"busybox sh",
				"toybox x",
				"npx x",
				"npx.cmd x",
				"pnpx x",
				"bunx x",
			],
			...[
				"uvx x",
				"pipx run x",
				"chroot x",
				"unshare x",
				"nsenter x",
				"script x",
				"/lib64/ld-linux-x86-64.so.2 x",
				"ld.so x",
			],
			...[
				"npm exec x",
				"npm x y",
				"yarn dlx x",
				"pnpm dlx x",
				"pnpm exec x",
				"docker run x",
				"docker exec x y",
				"podman run x",
			],
			...["kubectl exec x", "go run x", "go generate", "uv run x", "dotnet run", "bundle exec x", "nix run x"],
		],
		[
			WRITER,
			...[
				"tee x",
				"dd",
				"rm x",
				"mv x y",
				"cp x y",
				"ln x",
				"install x",
				"chmod x",
				"chown x",
				"tar x",
				"rsync x",
				"scp x",
			],
		],
		[NET, "curl x", "wget x", "nc x", "socat x"],
		[
			OPTION,
			...[
				"git push --receive-pack=x",
				"git fetch --upl=x",
				"git diff --ext-diff",
				"git log --output=x",
				"git rebase -x y",
			],
			...[
				"git rebase main --exec y",
				"git grep -Ox y",
				"git clone -u x y",
				"git clone -c x=y z",
				"git archive -o x",
				"go vet -vettool=x",
			],
			...[
				"go test -exec x",
				"go build --toolexec=x",
				"make -f x",
				"make -sfx",
				"make --eval=x",
				"make --ev=x",
				"make -C x",
				"rg --pre x",
			],
			...[
				"sort -o x",
				"sort -ro x",
				"sort --comp=x",
				"npm test --script-shell=x",
				"npm run x --prefix=y",
				"cargo test --config x",
			],
		],
		[
			GIT,
			...[
				"git",
				"git -c x=y status",
				"git -C x status",
				"git --exec-path=x status",
				"git --config-env=x=y status",
				"git st",
			],
		],
		[
			GIT,
			...[
				"git config x y",
				"git difftool",
				"git bisect run x",
				"git submodule foreach x",
				"git filter-branch",
				"git -p log",
			],
		],
		[/take[s]? variables/, "make SHELL=x", "make test CC=x"],
		[/does whatever follows/, "npm", "npm --prefix x", "cargo +nightly test", "docker -H x ps", "go -C x build"],
		[SHELL, ...["cd x", "export x", "alias x", "set x", "trap x", "if", "for", "function"]],
		[HERE, "./x", "bin/x", "../x", "node_modules/.bin/tsc", "a\\b", ".\\x"],
		[/names no program/, ""],
	];
	const rows = ROWS.flatMap(([why, ...commands]) => commands.map((command): [string, RegExp] => [command, why]));
	test.each(rows)("%s", (command, why) => {
		expect(neverARule(words(command))).toMatch(why);
	});

	test.each([
		["git", "status\nrm x"],
		["git", "status\0"],
		["git\r", "status"],
		["git", "st\u0430tus"],
		["git", "\u202estatus"],
		["git", "\x1b[8m"],
		["g\u00ect", "status"],
	])("words with what nobody sees: %j %j", (...argv) => {
		expect(neverARule(argv)).toMatch(ODD);
	});

	test("no program at all", () => {
		expect(neverARule([])).toMatch(/names no program/);
	});
});

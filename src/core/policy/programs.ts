import { isKeyword, isLasting } from "./shellWords.ts";

/**
 * Programs that no rule may let pass, because their arguments say what really happens. This is advice about what a person
 * may write into a rule, so that a rule means what it seems to mean. It is no boundary: a program that is not named here
 * can still start others, and a renamed copy has no name.
 */
const NEVER: Readonly<Record<string, string>> = {
	"is an interpreter: what it runs is in its arguments or its input": `
		sh bash zsh dash ash ksh mksh fish csh tcsh nu xonsh elvish pwsh powershell cmd python pypy ipython node nodejs deno bun
		tsx ts-node perl ruby irb php lua luajit osascript awk gawk mawk nawk sed gsed Rscript R julia tclsh wish expect ghci
		runghc scala groovy jshell java erl elixir iex swift ed vi vim nvim view ex emacs emacsclient nano gdb lldb bc m4 jq
		sqlite3 psql mysql screen tmux less more man wscript cscript mshta eval exec source . invoke-expression`,
	"starts other programs: a rule for it would be a rule for all of them": `
		env sudo doas su runuser pkexec timeout gtimeout nice ionice nohup setsid setpriv xargs find fd parallel watch time chrt
		taskset stdbuf unbuffer script strace ltrace ptrace perf valgrind flock ssh busybox toybox npx pnpx bunx uvx pipx chroot
		unshare nsenter systemd-run at batch crontab start-stop-daemon open xdg-open start rundll32 regsvr32 wsl runas saps
		start-process invoke-command icm msbuild make-kpkg entr nodemon direnv command builtin`,
	"changes or deletes files wherever its arguments say": `
		rm rmdir unlink shred mv cp ln install tee dd truncate chmod chown chgrp setfacl tar unzip 7z cpio rsync scp sftp patch
		split mkfs mount umount rd del erase move copy xcopy robocopy remove-item move-item copy-item set-content out-file`,
	"sends and fetches whatever its arguments say": `
		curl wget nc ncat netcat socat telnet ftp tftp aria2c http https xh invoke-webrequest iwr irm invoke-restmethod`,
};

/** What a program must not be told to do, by the word after its name. */
const NEVER_WITH: Readonly<Record<string, readonly string[]>> = {
	npm: ["exec", "x", "init", "create", "innit", "config", "set", "c", "explore"],
	yarn: ["dlx", "exec", "node", "create", "config", "init"],
	pnpm: ["dlx", "exec", "create", "init", "config", "env"],
	docker: ["run", "exec", "compose", "buildx", "build", "container", "cp", "context", "plugin"],
	podman: ["run", "exec", "compose", "buildx", "build", "container", "cp", "unshare"],
	kubectl: ["exec", "run", "debug", "cp", "attach", "apply", "plugin", "config"],
	go: ["run", "generate", "env", "tool"],
	uv: ["run", "tool", "x"],
	cargo: ["install", "script"],
	dotnet: ["run", "exec", "script", "tool", "fsi"],
	poetry: ["run", "shell", "config"],
	pipenv: ["run", "shell"],
	conda: ["run"],
	hatch: ["run", "shell"],
	bundle: ["exec", "config"],
	gem: ["exec"],
	mise: ["exec", "x", "run"],
	nix: ["run", "shell", "develop"],
};

/** What git does by itself. Any other word may be an alias, or a program called git-something. */
const GIT = `add am apply archive blame branch cat-file check-ignore checkout cherry cherry-pick clean clone commit
	count-objects describe diff diff-tree fetch format-patch fsck gc grep init log ls-files ls-remote ls-tree merge merge-base
	mv notes pull push range-diff rebase reflog remote reset restore rev-list rev-parse revert rm shortlog show show-ref
	stash status switch symbolic-ref tag version whatchanged worktree`.split(/\s+/);

/**
 * Options with which a program starts another, loads code or writes where they say, for all its commands or for one. Long
 * ones may be shortened; `-x` also stands among other letters; `-x=` only for itself.
 */
const NEVER_OPTION: Readonly<Record<string, readonly string[]>> = {
	git: [
		...["--exec", "--upload-pack", "--receive-pack", "--ext-diff", "--textconv", "--output", "--config", "--template"],
		...["--open-files-in-pager", "--exec-path"],
	],
	"git rebase": ["-x"],
	"git grep": ["-O"],
	"git clone": ["-c", "-u"],
	"git archive": ["-o"],
	"git format-patch": ["-o"],
	go: ["-exec=", "-toolexec=", "-vettool=", "-C=", "-o=", "-modfile=", "-overlay=", "-ldflags=", "-gcflags="],
	cargo: ["--config", "-Z", "-C"],
	npm: ["--script-shell", "--prefix", "-C", "--node-options", "--userconfig", "--globalconfig", "--git", "--shell"],
	yarn: ["--cwd", "--use-yarnrc", "--script-shell"],
	pnpm: ["-C", "--dir", "--script-shell", "--config", "-c"],
	rg: ["--pre", "--hostname-bin"],
	sort: ["--compress-program", "--output", "-o", "-T"],
	make: ["-f", "--file", "--makefile", "-C", "--directory", "-I", "--include-dir", "--eval", "-E", "-e"],
};

const reasons: ReadonlyMap<string, string> = new Map(
	Object.entries(NEVER).flatMap(([reason, names]) =>
		names
			.trim()
			.split(/\s+/)
			.map((name): [string, string] => [name.toLowerCase(), reason]),
	),
);
const INTERPRETER = Object.keys(NEVER)[0];

/** Why a command may never be covered by a rule that allows, in a sentence; undefined when one may name it. */
export function neverARule(argv: readonly string[]): string | undefined {
	const [first = "", ...rest] = argv;
	if (first === "") return "It names no program.";
	if (argv.some((word) => /[^\x20-\x7e]/.test(word))) {
		return "A word of it holds a line break, a control character or a character that looks like another.";
	}
	if (/[\\/]/.test(first) && !/^(?:\/|[A-Za-z]:[\\/])/.test(first)) {
		return `${first} is a program in the workspace: it can be changed by an agent.`;
	}
	const [exact, folded] = namesOf(first);
	const reason = reasons.get(exact) ?? reasons.get(folded);
	if (reason) return `${exact} ${reason}.`;
	if (/^ld(?:-[\w.-]+)?\.so/.test(exact)) return `${exact} starts other programs.`;
	if (isKeyword(exact) || isLasting(exact))
		return `${exact} is a word of the shell itself: it changes what follows it.`;
	return neverWith(exact, rest);
}

function neverWith(name: string, rest: readonly string[]): string | undefined {
	const [verb = ""] = rest;
	if (name === "git" && !GIT.includes(verb)) {
		return `git ${verb} is not one of git's own commands: an option before the command, or an alias, can start any program.`;
	}
	const verbs = listed(NEVER_WITH, name);
	if (verbs.length > 0 && !/^[a-z]/.test(verb)) return `${name} does whatever follows: say which of its commands.`;
	if (verbs.includes(verb)) return `${name} ${verb} starts other programs, or sets what will be started.`;
	if (name === "make" && rest.some((word) => /^[^-].*=/.test(word))) return "make takes variables, and runs them.";
	const options = [...listed(NEVER_OPTION, name), ...listed(NEVER_OPTION, `${name} ${verb}`)];
	const option = rest.find((word) => options.some((known) => isOption(word, known)));
	return option && `${name} ${option} starts other programs, loads code or writes where it is told.`;
}

const listed = (table: Readonly<Record<string, readonly string[]>>, name: string): readonly string[] =>
	(Object.hasOwn(table, name) && table[name]) || [];

function isOption(word: string, option: string): boolean {
	const [name = ""] = word.split("=", 1);
	if (option.startsWith("--")) return name.length > 2 && option.startsWith(name);
	if (option.endsWith("=")) return name.replace(/^--/, "-") === option.slice(0, -1);
	return /^-[A-Za-z]/.test(word) && word.includes(option.slice(1));
}

/** What a program is called, wherever it lies: `/usr/bin/Python3.12.EXE` is python3.12, and without its version python. */
function namesOf(program: string): [exact: string, folded: string] {
	const base = program.replace(/^.*[\\/]/, "").toLowerCase();
	const exact = base.replace(/\.(?:exe|cmd|bat|com|ps1)$/, "");
	return [exact, exact.replace(/-?\d+(?:\.\d+)*$/, "")];
}

/** Whether it runs what it reads from its input or its arguments, as a shell does. */
export const isInterpreter = (program: string): boolean =>
	namesOf(program).some((name) => reasons.get(name) === INTERPRETER);

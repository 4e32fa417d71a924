/** Programs that, started without something to work on, take commands from whoever types. */
const INTERPRETERS =
	/^(?:(?:ba|z|da|k|c|tc|fi|a|pw|nu)?sh|(?:i?python|pypy)[\d.]*|node|deno|bun|ruby|perl|php|lua|R|julia|tclsh|expect|cat|tee|osascript)$/;
/** Programs that do so whatever they are given. */
const TYPED_INTO =
	/^(?:irb|pry|ghci|iex|erl|scala|jshell|ocaml|sbcl|clisp|guile|bc|dc|gdb|lldb|ed|ex|vim?|nvim|nano|emacs|less|more|man|top|htop|su|ssh|telnet|nc|ncat|socat|ftp|sftp|screen|tmux|script|psql|mysql|mariadb|sqlite3|redis-cli|mongo|mongosh|sqlplus)$/;
/** Words that only start the next one. */
const STARTERS =
	/^(?:sudo|doas|env|exec|command|nohup|time|nice|ionice|stdbuf|setsid|timeout|unbuffer|rlwrap|busybox|then|do|else|!)$/;
/** What is quoted behind one of these is a command of its own. */
const RUNS_TEXT = /(?:^|[\s/])(?:(?:ba|z|da|k|fi)?sh|eval|su|xargs|script|tmux|screen|watch|parallel)\s/;
/** Prints something and ends, or takes its program from the command line. */
const LAST_FLAG = /^(?:-[a-zA-Z]*[cep]|-m\w*|-V|-v|-h|--(?:version|help|eval|print|check|test)\b.*)$/;

/**
 * Whether a command may leave something running that waits for input. Codex can type into it later (`write_stdin`) and
 * calls no hook for that, nor does it say that the command gets a terminal. A guess from the text; in doubt it does.
 */
export function waitsForInput(command: string, depth = 0): boolean {
	const inner: string[] = [];
	const runsText = RUNS_TEXT.test(command);
	const outer = command
		.replace(/\\\n/g, " ")
		.replace(/"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'|`([^`]*)`/g, (all, double, single, back) => {
			const text: string = double ?? single ?? back ?? "";
			if (runsText || all[0] === "`" || (all[0] === '"' && text.includes("$("))) inner.push(text);
			return /^[\w./-]+$/.test(text) ? text : "QUOTED";
		})
		.replace(/\d*>>?\|?\s*&?\s*[^\s;|&()]+/g, " ");
	if (depth < 4 && inner.some((text) => waitsForInput(text, depth + 1))) return true;
	const parts = outer.split(/(\|\|?|&&?|[;\n(){}])/);
	return parts.some((part, index) => index % 2 === 0 && isTypedInto(part, parts[index - 1] === "|"));
}

/** `isFed`: another program's output is its input. */
function isTypedInto(part: string, isFed: boolean): boolean {
	const words = part
		.replace(/\s-[ugCDphRT]\s+\S+/g, (option) => (/^\s*(?:sudo|doas)\s/.test(part) ? "" : option))
		.split(/\s+/)
		.filter((word) => word !== "" && !/^\w+=/.test(word));
	const start = words.findIndex((word, index) => !STARTERS.test(nameOf(word)) && (index === 0 || !isOption(word)));
	if (/^(?:sudo|doas)$/.test(nameOf(words[0])) && words.slice(1).some((word) => /^-[a-zA-Z]*[is]/.test(word)))
		return true;
	if (start < 0) return false;
	const name = nameOf(words[start]);
	const rest = words.slice(start + 1);
	if (/^(?:docker|podman|kubectl|nerdctl)$/.test(name)) {
		const starts = rest.some((word) => /^(?:run|exec|attach|debug)$/.test(word));
		return starts && rest.some((word) => /^-[it]{1,2}$|^--(?:interactive|stdin|tty)\b/.test(word));
	}
	const isRedirected = isFed || part.includes("<");
	if (TYPED_INTO.test(name)) return !isRedirected;
	if (!INTERPRETERS.test(name)) return false;
	if (rest.includes("-i") && name !== "perl") return true;
	const hasWork = rest.some((word) => LAST_FLAG.test(word) || !/^[-+]/.test(word));
	return !isRedirected && !hasWork;
}

const isOption = (word: string) => /^-|^[\d.]+[smhd]?$/.test(word);
const nameOf = (word = "") => word.slice(word.lastIndexOf("/") + 1);

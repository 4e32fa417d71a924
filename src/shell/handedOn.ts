import { basename } from "node:path/posix";

type Words = readonly (string | null)[];

/** What a command gives to another to run: a text for a shell, or words. A text that nobody can know is null. */
export type HandedOn = { readonly script: string | null } | { readonly words: Words };

const SHELLS = new Set(["sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "fish"]);

interface Wrapper {
	/** The letters of its options that take the next word. */
	readonly values?: string;
	/** How many words come before what it starts. */
	readonly first?: number;
	/** A shell reads the words, joined. */
	readonly joins?: true;
	/** More words come from its input. */
	readonly input?: true;
}

/** Programs that start what follows. */
const WRAPPERS: Readonly<Record<string, Wrapper>> = {
	env: { values: "uC" },
	sudo: { values: "ughpCrtTUDR" },
	doas: { values: "uC" },
	xargs: { values: "InPLdEsa", input: true },
	timeout: { values: "ks", first: 1 },
	nice: { values: "n" },
	ionice: { values: "cnp" },
	stdbuf: { values: "ioe" },
	flock: { values: "wE", first: 1 },
	chroot: { first: 1 },
	watch: { values: "nd", joins: true },
	ssh: { values: "BbcDEeFIiJLlmOoPpQRSWw", first: 1, joins: true },
	exec: { values: "a" },
	time: { values: "fo" },
	strace: { values: "aeobIOpPsSuUXE" },
	...{
		nohup: {},
		setsid: {},
		command: {},
		builtin: {},
		busybox: {},
		toybox: {},
		coproc: {},
		noglob: {},
		nocorrect: {},
	},
};

export function handedOn(words: Words): HandedOn[] {
	const [first, ...rest] = words;
	if (typeof first !== "string") return [];
	const name = basename(first);
	if (name === "eval") return [{ script: joined(rest) }];
	if (name === "trap") return rest.length > 1 ? [{ script: rest[0] ?? null }] : [];
	if (name === "find") return executed(rest);
	if (SHELLS.has(name)) return scriptOf(rest);
	if (["su", "runuser", "script"].includes(name)) return scriptOf(rest, true);
	const split = name === "env" ? splitByEnv(rest) : undefined;
	if (split) return [split];
	return (Object.hasOwn(WRAPPERS, name) && wrapped(rest, WRAPPERS[name] ?? {})) || shellWithin(rest);
}

const joined = (words: Words) => (words.includes(null) ? null : words.join(" "));

/**
 * The word that a shell takes for its text: the first that is no option, once one of them has a `c`. Without it that word
 * is a file, or, `anywhere`, a user or the like with the option after it.
 */
function scriptOf(words: Words, anywhere = false): HandedOn[] {
	let isText = false;
	for (let at = 0; at < words.length; at++) {
		const word = words[at] ?? "";
		const attached = /^--command=(.*)$/s.exec(word)?.[1];
		if (attached !== undefined) return [{ script: attached }];
		isText ||= /^(?:-[A-Za-z]*c|--command$)/.test(word);
		if (/^(?:[-+][A-Za-z]*[oO]|--rcfile|--init-file)$/.test(word)) at++;
		else if (!/^[-+]./.test(word) && (isText || !anywhere)) return isText ? [{ script: words[at] ?? null }] : [];
	}
	return [];
}

/** `env -S 'text'`, in any of its spellings. */
function splitByEnv(words: Words): HandedOn | undefined {
	const at = words.findIndex((word) => /^(?:-[A-Za-z]*S|--s)/.test(word ?? ""));
	const word = words[at];
	if (typeof word !== "string") return undefined;
	const attached = word.startsWith("--") ? word.split("=").slice(1).join("=") : word.replace(/^-[A-Za-z]*?S/, "");
	return { script: joined([attached, ...words.slice(at + 1)]) };
}

/** `find … -exec words ;`, each. */
function executed(words: Words): HandedOn[] {
	const found: HandedOn[] = [];
	let open: (string | null)[] | undefined;
	for (const word of words) {
		if (!open) {
			if (/^-(?:exec|ok)(?:dir)?$/.test(word ?? "")) open = [];
		} else if (word === ";" || word === "+") {
			found.push({ words: open });
			open = undefined;
		} else open.push(word);
	}
	return open ? [...found, { words: open }] : found;
}

/** The words after a wrapper's own; undefined when its options cannot be told from what it starts. */
function wrapped(words: Words, { values, first = 0, joins, input }: Wrapper): HandedOn[] | undefined {
	const own = ownWords(words, values ?? "");
	if (own === undefined) return undefined;
	const rest = words.slice(own + first);
	if (rest.length === 0) return [];
	return joins ? [{ script: joined(rest) }] : [{ words: input ? [...rest, null] : rest }];
}

/** How many options, their values and assignments come first. A long option may or may not take the next word. */
function ownWords(words: Words, values: string): number | undefined {
	let at = 0;
	for (; at < words.length; at++) {
		const word = words[at] ?? "";
		if (word === "--") return at + 1;
		if (/^--[^=]+$/.test(word)) return undefined;
		const isOption = /^-./.test(word);
		if (!isOption && !/^[A-Za-z_]\w*=/.test(word)) return at;
		if (isOption && !word.startsWith("--") && values.includes(word.slice(-1))) at++;
	}
	return at;
}

/** A shell with a text among the words of a program that is not known here. */
function shellWithin(words: Words): HandedOn[] {
	const at = words.findIndex((word) => SHELLS.has(basename(word ?? "")));
	return at < 0 || scriptOf(words.slice(at + 1)).length === 0 ? [] : [{ words: words.slice(at) }];
}

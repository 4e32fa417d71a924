/** What a command line would start, as far as text can tell. Reading it decides nothing. */

/** One program that a command would start. Without words: what only sets variables or only redirects. */
export interface SimpleCommand {
	/** Each word as the shell would pass it; null where only running it tells what it is, or how many. */
	readonly words: readonly (string | null)[];
	/** The names of variables set for it, or by it. */
	readonly assigns: readonly string[];
	readonly redirects: readonly Redirect[];
	/** Inside of `$( )`, backticks, `<( )`, a function, the text of `sh -c` or `eval`, the words of `xargs` or `sudo`, … */
	readonly nested: boolean;
}

export interface Redirect {
	readonly op: string;
	/** Null where only running it tells. */
	readonly target: string | null;
}

export interface ShellReading {
	/** Every simple command found, outermost first, in order, also nested ones. */
	readonly commands: readonly SimpleCommand[];
	/**
	 * The argv of each command, when the whole text is nothing but plain words joined by `&&`, `||`, `;` and `|` and reads
	 * the same to bash, sh, zsh and PowerShell. Only this may ever match a rule that allows. What it cannot know is what a
	 * person's own shell calls an alias or a function.
	 */
	readonly plain: readonly (readonly string[])[] | undefined;
	/** What in it a person should look at, each a sentence; the agent's text in them is not escaped. No duplicates. */
	readonly notes: readonly string[];
}

export interface ShellPort {
	/** Never rejects. Undefined: too long, too slow to read, or nothing in it is understood; then a person reads the text. */
	read(command: string): Promise<ShellReading | undefined>;
}

/** The argv of everything it would start, nested ones too, for rules that deny. A word that nobody can know is empty. */
export function argvsOf(reading: ShellReading): string[][] {
	return reading.commands.filter(({ words }) => words.length > 0).map(({ words }) => words.map((word) => word ?? ""));
}

/** One program that a command would start, as far as text can tell. */
export interface SimpleCommand {
	readonly words: readonly (string | null)[];
}
export interface ShellReading {
	readonly commands: readonly SimpleCommand[];
	readonly plain: readonly (readonly string[])[] | undefined;
	readonly notes: readonly string[];
}
export interface ShellPort {
	read(command: string): Promise<ShellReading | undefined>;
}

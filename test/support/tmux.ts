import { execFileSync, spawnSync } from "node:child_process";
import { atExit } from "./tempDir.ts";

let servers = 0;

/** A real terminal of so many columns and rows, in which a command runs: what stands on it, and keys. */
export class Tmux {
	private readonly server = `countersign-test-${process.pid}-${++servers}`;

	constructor(columns: number, rows: number, command: string, environment: NodeJS.ProcessEnv) {
		const { TMUX: _, ...rest } = environment;
		const options = { env: { ...rest, LANG: "C.UTF-8", TERM: "xterm-256color" } };
		const size = ["-x", String(columns), "-y", String(rows)];
		execFileSync("tmux", ["-u", "-L", this.server, "-f", "/dev/null", "new-session", "-d", ...size, command], options);
		atExit(() => this.end());
	}

	/** Each by its name, as tmux has it: `Enter`, `PageDown`, `a`. One after the other, as a person presses them. */
	press(...keys: string[]): void {
		for (const [at, key] of keys.entries()) {
			// Keys that a busy program reads in one piece count as pasted.
			if (at > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 150);
			this.run("send-keys", key);
		}
	}

	/** In one piece, as an unmarked paste comes. */
	burst(text: string): void {
		this.run("send-keys", "-l", text);
	}

	/** As the terminal itself pastes it, marked as a paste. */
	paste(text: string): void {
		this.run("set-buffer", text);
		this.run("paste-buffer", "-p", "-r");
	}

	resize(columns: number, rows: number): void {
		this.run("resize-window", "-x", String(columns), "-y", String(rows));
	}

	/** `hasStyles`: with the escape sequences that draw it so. */
	screen(hasStyles = false): string {
		return this.run("capture-pane", "-p", ...(hasStyles ? ["-e"] : []));
	}

	/** The format of tmux: `#{alternate_on}`, `#{cursor_flag}`, … */
	value(format: string): string {
		return this.run("display-message", "-p", format).trim();
	}

	/** What stands on the screen once the pattern does. */
	async see(pattern: RegExp, ms = 30_000): Promise<string> {
		for (const until = Date.now() + ms; Date.now() < until; await pause()) {
			const screen = this.screen();
			if (pattern.test(screen)) return screen;
		}
		throw new Error(`not on the screen: ${pattern}\n${this.screen()}`);
	}

	/** Presses a key until the pattern stands there: what comes too soon after a change is not taken. */
	async pressUntil(key: string, pattern: RegExp, ms = 30_000): Promise<string> {
		for (const until = Date.now() + ms; Date.now() < until; ) {
			this.press(key);
			const found = await this.see(pattern, 900).catch(() => undefined);
			if (found !== undefined) return found;
		}
		throw new Error(`not on the screen after ${key}: ${pattern}\n${this.screen()}`);
	}

	/** Writes the answer to a question, each key once the one before stands there: keys that come in one piece count as pasted. */
	async answer(text: string): Promise<void> {
		this.press("C-u");
		await this.see(/^ > *$/m);
		for (let end = 1; end <= text.length; end++) {
			this.press(text.charAt(end - 1));
			await this.see(new RegExp(`^ > ${text.slice(0, end)} *$`, "m"));
		}
	}

	end(): void {
		spawnSync("tmux", ["-L", this.server, "kill-server"]);
	}

	private run(...args: string[]): string {
		return execFileSync("tmux", ["-L", this.server, ...args], { encoding: "utf8" });
	}
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 50));

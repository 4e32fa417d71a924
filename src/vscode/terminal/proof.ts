import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import * as vscode from "vscode";
import { messageOf } from "../../base/errors.ts";
import { escapeText } from "../../present/escape.ts";
import { realDisk } from "../../store/disk.ts";
import type { Home } from "../../store/home.ts";
import { layPrograms } from "../../store/launcher.ts";

const NAME = "Countersign: Prove the Gate Holds";
const CTRL_C = "\u0003";

/** Lets `countersign doctor` try to pass the gate of a folder, and shows what it says. One at a time for a folder. */
export class Proof implements vscode.Disposable {
	private readonly home: Home;
	private readonly dist: string;
	private readonly terminals = new Map<
		string,
		{ readonly program: ProgramTerminal; readonly shown: vscode.Terminal }
	>();

	/** @param dist folder of the programs that are laid */
	constructor(home: Home, dist: string) {
		this.home = home;
		this.dist = dist;
	}

	/** @param workspace a real path */
	async run(workspace: string): Promise<void> {
		await layPrograms(realDisk, this.home, this.dist);
		const known = this.terminals.get(workspace);
		// Also one that never ran is over once it is closed: in Restricted Mode the editor asks before it opens a terminal.
		const isOver = !known || known.program.hasEnded || known.shown.exitStatus !== undefined;
		if (!isOver) return known.shown.show();
		known?.shown.dispose();
		const program = new ProgramTerminal(
			join(this.home.bin, "countersign"),
			["doctor", "--workspace", workspace],
			{ cwd: workspace, env: { ...process.env, COUNTERSIGN_HOME: this.home.root } },
			tell,
		);
		const shown = vscode.window.createTerminal({ name: NAME, pty: program, location: vscode.TerminalLocation.Editor });
		this.terminals.set(workspace, { program, shown });
		shown.show();
	}

	dispose(): void {
		for (const { program } of this.terminals.values()) program.close();
	}
}

/** @param code null when a signal ended it */
function tell(code: number | null): void {
	if (code === 0) return;
	const what = code === 1 ? "The gate can be passed" : "It could not be proven that the gate holds";
	void vscode.window.showErrorMessage(`${what}: see the terminal.`);
}

/**
 * A terminal without a shell, so that nothing interprets a path. It stays when the program has ended, also when all went
 * well, where the editor would close one of its own: its lines are to be read.
 */
class ProgramTerminal implements vscode.Pseudoterminal {
	private readonly start: () => ChildProcess;
	private readonly ended: (code: number | null) => void;
	private child: ChildProcess | undefined;
	private wasStopped = false;
	private readonly writes = new vscode.EventEmitter<string>();
	private readonly closes = new vscode.EventEmitter<void>();
	readonly onDidWrite = this.writes.event;
	readonly onDidClose = this.closes.event;
	hasEnded = false;

	constructor(
		file: string,
		args: readonly string[],
		options: { cwd: string; env: NodeJS.ProcessEnv },
		ended: (code: number | null) => void,
	) {
		this.start = () => spawn(file, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
		this.ended = ended;
	}

	open(): void {
		this.child = this.start();
		for (const stream of [this.child.stdout, this.child.stderr]) {
			stream?.setEncoding("utf8").on("data", (text: string) => this.write(text));
		}
		this.child.once("error", (error) => {
			this.write(`${messageOf(error)}\n`);
			this.end(null);
		});
		this.child.once("close", (code) => this.end(code));
	}

	private write(text: string): void {
		this.writes.fire(escapeText(text).replaceAll("\n", "\r\n"));
	}

	private end(code: number | null): void {
		if (this.hasEnded) return;
		this.hasEnded = true;
		this.write(
			`\n[${code === null ? "It was stopped" : `It ended with exit code ${code}`}. Press any key to close.]\n`,
		);
		// The person who stopped it needs no message about that.
		if (!this.wasStopped) this.ended(code);
	}

	handleInput(keys: string): void {
		if (this.hasEnded) this.closes.fire();
		else if (keys === CTRL_C) this.close();
	}

	close(): void {
		this.wasStopped = true;
		this.child?.kill();
	}
}

import { basename } from "node:path";
import * as vscode from "vscode";
import { SETUPS } from "../../adapters/setups.ts";

/** An agent that was started in a terminal of this window and still runs. */
export interface StartedAgent {
	/** As the gate would hear of it. */
	readonly agent: string;
	/** Wall time, ms. */
	readonly startedAt: number;
	readonly terminal: vscode.Terminal;
}

/** Starters that stand before the program: `npx claude`, `env X=1 codex`. Words of a command line. */
const LOOK_AT = 4;

/** Which agents run in the window's terminals, as the shell tells the editor: by the commands that a person starts. */
export class AgentTerminals implements vscode.Disposable {
	private readonly running = new Map<vscode.TerminalShellExecution, StartedAgent>();
	private readonly changes = new vscode.EventEmitter<void>();
	private readonly subscriptions: vscode.Disposable[];
	readonly onDidChange = this.changes.event;

	constructor() {
		this.subscriptions = [
			this.changes,
			vscode.window.onDidStartTerminalShellExecution(({ execution, terminal }) => {
				const agent = agentStartedBy(execution.commandLine.value);
				if (agent === undefined) return;
				this.running.set(execution, { agent, startedAt: Date.now(), terminal });
				this.changes.fire();
			}),
			vscode.window.onDidEndTerminalShellExecution(({ execution }) => {
				if (this.running.delete(execution)) this.changes.fire();
			}),
			vscode.window.onDidCloseTerminal((terminal) => {
				for (const [execution, started] of this.running) {
					if (started.terminal === terminal) this.running.delete(execution);
				}
				this.changes.fire();
			}),
		];
	}

	all(): readonly StartedAgent[] {
		return [...this.running.values()];
	}

	dispose(): void {
		for (const subscription of this.subscriptions) subscription.dispose();
	}
}

function agentStartedBy(commandLine: string): string | undefined {
	const words = commandLine.trim().split(/\s+/).slice(0, LOOK_AT);
	const names = words.map((word) => basename(word.replace(/^["']|["']$/g, "")));
	return SETUPS.find(({ program }) => names.includes(program))?.agent;
}

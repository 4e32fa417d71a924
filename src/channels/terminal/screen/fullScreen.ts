import type { ReadStream, WriteStream } from "node:tty";
import { deferred } from "../../../base/deferred.ts";
import { messageOf } from "../../../base/errors.ts";
import type { GateDoor, PolicyDoor, Reviewer } from "../../../core/gateTypes.ts";
import { isHeld, type Request } from "../../../core/request.ts";
import { escapeLine } from "../../../present/escape.ts";
import { reminderText } from "../../../present/words.ts";
import { PolicyPrompt } from "../policyPrompt.ts";
import { draw } from "./draw.ts";
import { paint } from "./line.ts";
import { type PagePorts, requestPage } from "./requestPage.ts";
import { next } from "./screen.ts";
import { type Command, type Event, type PageLine, type State, start } from "./state.ts";
import { Tty } from "./tty.ts";

/** Ages are drawn anew so often. Ms. */
const TICK = 1000;
/** What is approved begins within that time. Ms. */
const AT_ONCE = 5000;
/** The list holds as many; the audit log has all. */
const MAX_DECIDED = 100;

export interface FullScreenParts {
	readonly gate: GateDoor & PolicyDoor;
	readonly ports: PagePorts;
	readonly reviewer: Reviewer;
	readonly workspace: string;
	readonly input: ReadStream;
	readonly output: WriteStream;
	readonly hasColours: boolean;
	readonly clock: { now(): number; monotonic(): number };
}

/** The queue as a whole screen: carries out what the model of it (`screen.ts`) says, and draws what it became. */
export class FullScreen {
	private readonly parts: FullScreenParts;
	private readonly tty: Tty;
	private readonly policy: PolicyPrompt;
	private readonly left = deferred<void>();
	private readonly since: number;
	private said: string[] = [];
	private state: State;

	constructor(parts: FullScreenParts) {
		this.parts = parts;
		this.since = parts.clock.now();
		const { gate, reviewer, input, output, workspace } = parts;
		this.policy = new PolicyPrompt(gate, reviewer, (text) => this.said.push(text));
		this.tty = new Tty(input, output, {
			key: (key) => this.happened({ kind: "key", key }),
			resize: (size) => this.happened({ kind: "resize", size }),
			back: () => this.draw(),
		});
		this.state = start(workspace, this.tty.size);
	}

	/** Resolves when the person leaves. */
	async run(): Promise<void> {
		const { gate } = this.parts;
		const tick = setInterval(() => this.draw(), TICK);
		const heard = [
			gate.onDidChange(() => this.queueChanged()),
			gate.onDidWarn((message) => this.tell(message)),
			gate.onDidRemind((reminder) => this.tell(reminderText(reminder))),
			{ dispose: () => clearInterval(tick) },
		];
		this.queueChanged();
		await this.left.promise;
		for (const one of heard) one.dispose();
	}

	/** Something that the person must know. */
	tell(message: string): void {
		this.happened({ kind: "message", text: escapeLine(message) });
	}

	/** Gives the terminal back. */
	async close(): Promise<void> {
		this.left.resolve();
		await this.tty.release();
	}

	private queueChanged(): void {
		const { gate } = this.parts;
		const decided = gate.history().toSorted((a, b) => (b.decidedAt ?? 0) - (a.decidedAt ?? 0));
		// As they are now: what a person looks at must not change behind the screen.
		const held = decided.filter((request) => this.isLeftOver(request));
		const rest = decided.filter((request) => !held.includes(request)).slice(0, MAX_DECIDED);
		this.happened({ kind: "queue", waiting: [...gate.pending(), ...held].map(copy), decided: rest.map(copy) });
	}

	/** Not one that is being done at this moment. */
	private isLeftOver(request: Request): boolean {
		const { decidedAt = 0 } = request;
		return isHeld(request) && (decidedAt < this.since || this.parts.clock.now() - decidedAt > AT_ONCE);
	}

	private happened(event: Event): void {
		const { state, commands } = next(this.state, event, this.parts.clock.monotonic());
		this.state = state;
		this.draw();
		for (const command of commands) {
			this.carryOut(command).catch((error) => this.happened({ kind: "refused", text: escapeLine(messageOf(error)) }));
		}
	}

	private async carryOut(command: Command): Promise<void> {
		const { gate, reviewer } = this.parts;
		switch (command.kind) {
			case "load":
				return this.load(command.id);
			case "decide": {
				const { id, choice } = command;
				const result = await gate.decide(id, choice, reviewer);
				if (result.kind === "refused") return this.happened({ kind: "refused", text: escapeLine(result.reason) });
				const verb = choice.kind === "approve" ? "approved" : "denied";
				return this.happened({ kind: "decided", id, text: `#${result.request.seq} ${verb}.` });
			}
			case "revert":
				return this.happened({ kind: "open", id: (await gate.revert(command.id, reviewer)).id });
			case "policy": {
				const [word = "", argument = ""] = command.line.split(/\s+/);
				this.said = [];
				const isKnown = await this.policy.command(word, argument);
				if (!isKnown) this.said.push(`There is no command ${escapeLine(word)} here.`);
				return this.happened({ kind: "policy", lines: this.said.flatMap((text) => text.split("\n")).map(lineOf) });
			}
			case "redraw":
				this.tty.redraw();
				return this.draw();
			case "suspend":
				return this.tty.suspend();
			case "quit":
				return this.left.resolve();
		}
	}

	private async load(id: string): Promise<void> {
		const { gate, ports, clock } = this.parts;
		const request = [...gate.pending(), ...gate.history()].find((one) => one.id === id);
		if (!request) return;
		const shown = copy(request);
		const page = await requestPage(shown, ports, clock.now());
		this.happened({ kind: "page", id, revision: shown.revision, page });
	}

	private draw(): void {
		const rows = draw(this.state, this.parts.clock.now());
		this.tty.show(rows.map((row) => paint(row, this.parts.hasColours)));
	}
}

const copy = (request: Request): Request => ({ ...request });

const lineOf = (text: string): PageLine => {
	const style = ({ "+": "added", "-": "removed", "@": "hunk", "!": "grave" } as const)[text[0] ?? ""];
	const shown = text.replaceAll("\t", "    ");
	return style === undefined ? { text: shown } : { text: shown, style };
};

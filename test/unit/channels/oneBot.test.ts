import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { BotLine } from "../../../src/away/botLine.ts";
import { Emitter } from "../../../src/base/emitter.ts";
import { carry } from "../../../src/channels/telegram/carry.ts";
import type { Hearing } from "../../../src/channels/telegram/hearing.ts";
import { Switchboard } from "../../../src/channels/telegram/switchboard.ts";
import { hear, Telegram } from "../../../src/channels/telegram/telegram.ts";
import { readUpdate } from "../../../src/channels/telegram/update.ts";
import type { Choice, DecideResult, GateDoor } from "../../../src/core/gateTypes.ts";
import type { Reminder } from "../../../src/core/reminders.ts";
import { RemoteDesk } from "../../../src/core/remote/desk.ts";
import type { Request } from "../../../src/core/request.ts";
import { CardsFile } from "../../../src/store/cardsFile.ts";
import { realDisk } from "../../../src/store/disk.ts";
import { type Home, homeAt } from "../../../src/store/home.ts";
import { type Exclusively, SentBook } from "../../../src/store/sentBook.ts";
import { SharedBot } from "../../../src/store/sharedBot.ts";
import { forever, MortalDisk } from "../../support/mortalDisk.ts";
import { pick, seeded } from "../../support/seeded.ts";
import { OWNER, type Shown, TelegramDouble, TOKEN } from "../../support/telegramDouble.ts";
import { tempDir } from "../../support/tempDir.ts";
import { requestLike } from "../present/requestLike.ts";

let telegram: TelegramDouble;
beforeAll(async () => {
	vi.useFakeTimers({ toFake: ["Date"] });
	telegram = await TelegramDouble.start();
});
afterAll(async () => {
	vi.useRealTimers();
	await telegram.close();
});

const turn = (ms = 0) => new Promise((done) => setTimeout(done, ms));

/** What the journal of a gate would keep: it outlives every process. */
class Folder {
	readonly gate: string;
	readonly requests: Request[] = [];
	/** Every decision that was asked for, whether it was the first or not. */
	readonly asked: { readonly request: string; readonly kind: Choice["kind"] }[] = [];

	constructor(at: number) {
		this.gate = String(at).repeat(16);
	}
}

/** One process with one folder's gate, as the composition puts it together, on a disk that can die. */
class Gate {
	readonly folder: Folder;
	readonly mortal: MortalDisk;
	/** Its buttons begin with it. */
	private readonly number: number;
	line: BotLine | undefined;
	desk: RemoteDesk | undefined;
	private readonly changes = new Emitter<Request>();
	private ear: Hearing | undefined;
	private port: Telegram | undefined;

	constructor(folder: Folder, number: number) {
		this.folder = folder;
		this.number = number;
		this.mortal = new MortalDisk(() => {
			this.port?.calls.close();
			if (this.ear) Reflect.get(this.ear, "aborted").abort();
		});
	}

	get isDead(): boolean {
		return this.mortal.isDead;
	}

	drew({ buttons: [button] }: Shown): boolean {
		return button?.callback_data.startsWith(`cs1:${this.number}n`) === true;
	}

	async start(world: World): Promise<void> {
		const { gate } = this.folder;
		const { disk } = this.mortal;
		const failpoint = () => undefined;
		const say = () => undefined;
		const bot = await SharedBot.open(disk, world.home, TOKEN);
		const kept = await CardsFile.open(disk, world.home, gate);
		const book = new SentBook(disk, bot.pathOf("sent.json"), gate, world.alone(this));
		const port = new Telegram({ token: TOKEN, apiRoot: telegram.url, chat: OWNER, book, shared: bot, say, failpoint });
		this.port = port;
		const desk = new RemoteDesk(
			{
				gate: this.door(),
				port,
				clock: { now: () => Date.now(), monotonic: () => performance.now() },
				nonce: () => `${this.number}n${world.next++}`.padEnd(22, "-"),
				users: () => [String(OWNER)],
				approves: () => true,
				delay: () => 0,
				draw: async ({ id, status }) => ({ text: `${id} ${status}`, quoted: [], isWhole: true }),
				message: (text) => ({ text, quoted: [] }),
				remind: () => "",
				record: async () => undefined,
				remember: (cards) => kept.keep({ cards: { ...cards } }),
				warn: () => undefined,
			},
			kept.cards,
		);
		this.desk = desk;
		const users = () => [String(OWNER)];
		const isRunning = async (other: string) => world.gates.some((one) => one.folder.gate === other && !one.isDead);
		const ownerOf = (message: number) => book.ownerOf(message);
		const switchboard = new Switchboard({ own: gate, chat: OWNER, lines: bot, ownerOf, isRunning, users, port });
		this.line = new BotLine({
			gate,
			bot,
			lock: () => world.hold(this),
			known: () => kept.updates,
			remember: (id) => kept.keep({ updates: [...kept.updates.slice(-99), id] }),
			carry: async (raw) => {
				const update = readUpdate(raw);
				if (update) await carry(update, { bot: 4242, chat: OWNER, port }, desk);
			},
			asking: () => desk.asking(),
			hear: (over) => {
				const pass = (update: { readonly update_id: number }) => switchboard.pass(update);
				this.ear = hear({ token: TOKEN, apiRoot: telegram.url, calls: port.calls, pass, over, say, failpoint });
				return this.ear;
			},
			sweep: () => switchboard.sweep(),
			deaf: () => undefined,
			say,
			failpoint,
		});
	}

	private door(): GateDoor {
		const { requests, asked } = this.folder;
		return {
			pending: () => requests.filter(({ status }) => status === "waiting"),
			history: () => requests.filter(({ status }) => status !== "waiting"),
			onDidChange: this.changes.event,
			onDidWarn: new Emitter<string>().event,
			onDidRemind: new Emitter<Reminder>().event,
			revert: () => Promise.reject(new Error("Nothing is put back from a phone.")),
			decide: async (id, choice, { by, via }): Promise<DecideResult> => {
				await turn();
				if (this.isDead) return forever();
				const at = requests.findIndex((request) => request.id === id);
				const request = requests[at];
				if (!request) throw new Error("not a request of this gate");
				asked.push({ request: id, kind: choice.kind });
				if (request.status !== "waiting") return { kind: "refused", reason: "", request };
				const status = choice.kind === "approve" ? ("approved" as const) : ("denied" as const);
				const decision = { status, by, via, time: "", reason: "reason" in choice ? choice.reason : undefined };
				requests[at] = { ...request, status, outcome: status === "approved" ? "executed" : null, decision } as Request;
				return { kind: "done", request: requests[at] as Request };
			},
		};
	}

	/** Whatever its timers would do, now. */
	async go(): Promise<void> {
		if (this.isDead) return;
		await Promise.race([this.line?.look(), turn(30)]);
		await Promise.race([this.line?.try(), turn(30)]);
		await Promise.race([this.desk?.settle(), turn(30)]);
	}
}

/** Three folders of one machine, and what the system does for their processes. */
class World {
	readonly home: Home;
	readonly folders = [1, 2, 3].map((at) => new Folder(at));
	gates: Gate[] = [];
	next = 0;
	private hearing: Gate | undefined;
	private sending: Gate | undefined;

	constructor() {
		const root = tempDir("one-bot-");
		this.home = homeAt(root);
		mkdirSync(join(root, "run"), { mode: 0o700 });
	}

	async hold(gate: Gate) {
		if (this.hearing && !this.hearing.isDead) return undefined;
		this.hearing = gate;
		const release = async () => {
			this.hearing = undefined;
		};
		return { release };
	}

	alone(gate: Gate): Exclusively {
		return async (work) => {
			while (this.sending && !this.sending.isDead) await turn();
			this.sending = gate;
			try {
				return await work();
			} finally {
				if (this.sending === gate) this.sending = undefined;
			}
		};
	}

	async start(folder: Folder): Promise<void> {
		const gate = new Gate(folder, this.gates.length);
		this.gates.push(gate);
		await Promise.race([gate.start(this), turn(200)]);
	}

	living(folder: Folder): Gate | undefined {
		return this.gates.find((gate) => gate.folder === folder && !gate.isDead);
	}

	async go(rounds: number): Promise<void> {
		for (let left = rounds; left > 0; left--) {
			// Nobody waits here for the next message to be allowed, nor for a dead gate to come back.
			vi.setSystemTime(Date.now() + 10_000);
			await Promise.all(this.gates.map((gate) => gate.go()));
			await turn();
		}
	}

	async close(): Promise<void> {
		for (const gate of this.gates) gate.mortal.killAfter(0);
		await turn(5);
	}
}

interface Pressed {
	/** Whose button it was. */
	readonly gate: Gate | undefined;
	readonly request: string;
	readonly wish: Choice["kind"];
}

const requestOn = ({ text }: Shown) => text.split(" ")[0] ?? "";
const WISHES: Readonly<Record<string, Choice["kind"]>> = { Approve: "approve", "It is production.": "deny" };

async function schedule(seed: number): Promise<{ wrong: string[]; decided: number; killed: number }> {
	const random = seeded(seed);
	const wrong: string[] = [];
	telegram.messages.splice(0);
	telegram.calls.splice(0);
	const seen = new Map<number, string>();
	telegram.after = ({ method, body }) => {
		const text = String(body.text).split(" ")[0] ?? "";
		const id = Number(body.message_id);
		if (method === "editMessageText" && /^[1-3]r/.test(text) && seen.has(id) && seen.get(id) !== text)
			wrong.push(`message ${id} of ${seen.get(id)} became one of ${text}`);
		for (const shown of telegram.messages) if (/^[1-3]r/.test(shown.text)) seen.set(shown.id, requestOn(shown));
	};
	const world = new World();
	for (const folder of world.folders) await world.start(folder);
	const pressed: Pressed[] = [];
	const used = new Set<string>();
	let [count, killed] = [0, 0];
	const steps: Readonly<Record<string, () => Promise<void> | void>> = {
		ask: () => {
			if (count === 4) return;
			const { gate, requests } = pick(random, world.folders);
			const id = `${gate[0]}r${seed}.${++count}`;
			requests.push(requestLike({ tool: "file_delete", path: "/a" }, {}, { id, seq: count }));
		},
		press: () => {
			const cards = telegram.messages.filter(({ buttons }) => buttons.length > 0);
			if (cards.length === 0) return;
			const card = pick(random, cards);
			const request = requestOn(card);
			const nonce = card.buttons[0]?.callback_data.split(":")[1] ?? "";
			// What was pressed just now is good once; other buttons are on their way.
			if (used.has(nonce)) return;
			used.add(nonce);
			const { text: label } = pick(random, card.buttons);
			const wish = WISHES[label];
			telegram.tap(card, label, { twice: random() < 0.2 });
			if (wish) pressed.push({ gate: world.gates.find((gate) => gate.drew(card)), request, wish });
		},
		write: () => {
			const to = random() < 0.5 ? telegram.messages.at(-1) : undefined;
			telegram.write("because", to ? { to } : {});
		},
		kill: () => {
			const living = world.gates.filter(({ isDead }) => !isDead);
			if (living.length === 0) return;
			pick(random, living).mortal.killAfter(Math.floor(random() * 12));
			killed++;
		},
		restart: async () => {
			for (const folder of world.folders) if (!world.living(folder)) await world.start(folder);
		},
		go: () => world.go(2),
	};
	const names = ["ask", "press", "press", "write", "kill", "restart", "go", "go", "go"];
	await steps.ask?.();
	await world.go(4);
	for (let left = 24; left > 0; left--) await steps[pick(random, names)]?.();
	for (const end = performance.now() + 15_000; performance.now() < end && !(await isQuiet(world)); ) {
		await steps.restart?.();
		await world.go(1);
	}
	if (!(await isQuiet(world))) wrong.push(`it did not come to rest\n${telegram.transcript()}`);

	wrong.push(...faults(world, pressed));
	await world.close();
	const decided = world.folders.flatMap(({ requests }) => requests).filter(({ status }) => status !== "waiting").length;
	return { wrong, decided, killed };
}

function faults(world: World, pressed: readonly Pressed[]): string[] {
	const wrong: string[] = [];
	for (const { gate, request, wish } of pressed) {
		const folder = world.folders.find(({ requests }) => requests.some(({ id }) => id === request));
		const { status } = folder?.requests.find(({ id }) => id === request) ?? {};
		if (gate && !gate.isDead && status === "waiting") wrong.push(`a press on ${request} (${wish}) was lost`);
	}

	for (const { requests, asked } of world.folders) {
		for (const { id, status } of requests) {
			const presses = pressed.filter(({ request }) => request === id);
			const kinds = asked.filter(({ request }) => request === id).map(({ kind }) => kind);
			if (status === "approved" && !presses.some(({ wish }) => wish === "approve"))
				wrong.push(`${id} was approved, and nobody pressed that`);
			if (kinds.filter((kind) => kind === "approve").length > presses.filter(({ wish }) => wish === "approve").length)
				wrong.push(`a press on ${id} was carried out twice`);
		}
	}
	return wrong;
}

/** Everything was heard and carried out, and every card says what is true. */
async function isQuiet(world: World): Promise<boolean> {
	if (world.folders.some((folder) => !world.living(folder))) return false;
	const bot = await SharedBot.open(realDisk, world.home, TOKEN);
	const left = await Promise.all(world.folders.map((folder) => bot.waiting(folder.gate)));
	if (left.some((ids) => ids.length > 0) || !telegram.isHeard()) return false;
	return world.folders.every(({ requests }) =>
		requests.every(({ id, status }) => {
			const cards = telegram.messages.filter((shown) => requestOn(shown) === id);
			return status === "waiting" ? cards.length > 0 : cards.some(({ text }) => text === `${id} ${status}`);
		}),
	);
}

const SEEDS = Array.from({ length: 200 }, (_, at) => at + 1);

test("200 schedules of presses, words, kills and restarts over three gates: every press counts at most once, at its own gate, no card becomes another one's, and none is lost while its gate lives", async () => {
	let [decided, killed] = [0, 0];
	for (const seed of SEEDS) {
		const result = await schedule(seed);
		expect(result.wrong, `seed ${seed}`).toEqual([]);
		decided += result.decided;
		killed += result.killed;
	}
	// It is no test of presses that nobody hears.
	expect(decided).toBeGreaterThan(100);
	expect(killed).toBeGreaterThan(200);
}, 600_000);

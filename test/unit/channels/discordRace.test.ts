import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { asked } from "../../support/askGate.ts";
import { DiscordDouble } from "../../support/discordDouble.ts";
import { makePlace } from "../../support/gateProcess.ts";
import { openPhone } from "../../support/phone.ts";
import { pick, seeded } from "../../support/seeded.ts";

const alice = { by: "alice", via: "editor" as const };
/** What all of them show. */
const APPROVED = {
	kind: "done",
	said: expect.stringMatching(/^Too late: approved by alice via editor/),
	decision: { via: "editor" },
	isThere: false,
	words: /approved by alice via editor, executed/,
};
const DENIED = {
	kind: "refused",
	said: "Denied; the agent is told why.",
	decision: { via: "discord", reason: "It is production." },
	isThere: true,
	words: /denied by zhaocaiwen via discord/,
};
/** Each hears of the presses of all. */
const GATES = 4;
const ROUNDS = 250;

test("T48: approved in the editor and denied over Discord in the same tick, 1000 times in four gates with one bot: one decision, both show the same winner, the effect fits it", async () => {
	const discord = await DiscordDouble.start();
	const wins = { approved: 0, denied: 0 };
	const one = async (seed: number) => {
		const random = seeded(seed);
		const turn = async () => {
			for (let left = Math.floor(random() * 6); left > 0; left--) {
				await (random() < 0.5 ? undefined : new Promise((done) => setTimeout(done, random() * 4)));
			}
		};
		const place = makePlace();
		const phone = await openPhone(place, discord);
		const file = join(place.workspace, `${seed}.txt`);
		for (let round = 0; round < ROUNDS; round++) {
			writeFileSync(file, "x");
			const { id, seq, binding } = await asked(phone.gate, { tool: "file_delete", path: `${seed}.txt` });
			const card = await discord.card(new RegExp(`^#${seq} ${binding.slice(0, 8)} `));
			const canned = card.buttons[0]?.custom_id.replace(/:[ad]$/, ":5") ?? "";
			const editor = () => turn().then(() => phone.gate.decide(id, { kind: "approve", revision: 1 }, alice));
			const away = () => turn().then(() => discord.press(card, "", { data: canned }));
			const both = pick(random, [true, false])
				? Promise.all([editor(), away()])
				: Promise.all([away(), editor()]).then(([said, result]) => [result, said] as const);
			const [{ kind }, said] = await both;
			const { status, decision } = await phone.gate.verdict(id);
			const { words, ...expected } = status === "approved" ? APPROVED : DENIED;
			wins[status as keyof typeof wins]++;
			expect({ kind, said, decision, isThere: existsSync(file) }).toMatchObject(expected);
			await discord.until(() => words.test(card.text) && card.buttons.length === 0);
		}
		expect(await phone.records("DECISION")).toHaveLength(ROUNDS);
		await phone.close();
	};
	await Promise.all(Array.from({ length: GATES }, (_, at) => one(at + 48)));
	expect(wins.approved + wins.denied).toBe(GATES * ROUNDS);
	expect(Math.min(wins.approved, wins.denied)).toBeGreaterThan(50);
	await discord.close();
}, 240_000);

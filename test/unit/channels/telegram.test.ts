import { afterEach, beforeEach, expect, test } from "vitest";
import { asked } from "../../support/askGate.ts";
import { makePlace, type Place } from "../../support/gateProcess.ts";
import { openPhone } from "../../support/phone.ts";
import { OWNER, TelegramDouble } from "../../support/telegramDouble.ts";

/** What only Telegram has; the rest is in `phones.test.ts`. */
let telegram: TelegramDouble;
let place: Place;
let phone: Awaited<ReturnType<typeof openPhone>>;
beforeEach(async () => {
	telegram = await TelegramDouble.start();
	place = makePlace({ "a.txt": "old\n" });
	phone = await openPhone(place, telegram);
});
afterEach(async () => {
	await phone.close();
	await telegram.close();
});

const write = (content = "new\n") => asked(phone.gate, { tool: "file_write", path: "a.txt", content });

test("words decide nothing but the reason of a denial that was pressed, and only the right person's in the right chat", async () => {
	const { id } = await write();
	const card = await telegram.card(/a\.txt/);
	telegram.write("/approve", { to: card });
	telegram.write("no", { to: card });
	await telegram.until(() =>
		telegram.messages.some(({ text }) => text === "Nothing is decided. Press Deny first, then write the reason."),
	);
	await telegram.press(card, "Deny");
	await telegram.until(() => card.buttons.length === 7);
	telegram.write("mine", { to: card, from: 999 });
	telegram.write("mine", { to: card, from: 999, chat: OWNER });
	telegram.write("yours", { to: card, chat: -100 });
	telegram.write("passed on", { to: card, message: { forward_origin: { type: "user" } } });
	telegram.write("in a name", { to: card, message: { sender_chat: { id: -1, type: "channel", title: "x" } } });
	telegram.push({ edited_message: { message_id: 1, text: "edited", chat: { id: OWNER }, from: { id: OWNER } } });
	await telegram.heard();
	expect(phone.gate.state(id).status).toBe("waiting");
	telegram.write("too early in the year", { twice: true });
	expect(await phone.gate.verdict(id)).toMatchObject({
		status: "denied",
		decision: { reason: "too early in the year" },
	});
	await telegram.until(() => /denied by zhaocaiwen via telegram/.test(card.text));
	expect(await phone.records("DECISION")).toHaveLength(1);
});

test("T47: a button that was pressed before a restart, and comes again after it, does nothing a second time", async () => {
	await write();
	const card = await telegram.card(/a\.txt/);
	await telegram.press(card, "Later");
	await telegram.heard();
	await phone.close();
	phone = await openPhone(place, telegram);
	await telegram.until(() => telegram.called("deleteWebhook").length > 1);
	const polls = telegram.called("getUpdates").length;
	telegram.repeat();
	await telegram.until(() => telegram.called("getUpdates").length > polls + 1);
	expect(telegram.called("answerCallbackQuery")).toHaveLength(1);
});

test("a gate in an editor says where the request opens in full, to be copied and not to be pressed", async () => {
	await phone.close();
	phone = await openPhone(
		place,
		telegram,
		undefined,
		false,
		({ seq, binding }) => `vscode://x.y/${seq}/${binding.slice(0, 8)}`,
	);
	await asked(phone.gate, { tool: "shell_execute", command: "make" });
	const card = await telegram.card(/make/);
	const [, seq, head] = /^#(\d+) ([0-9a-f]{8})/.exec(card.text) ?? [];
	const link = `vscode://x.y/${seq}/${head}`;
	expect(card.text).toContain(`opens at the desk: ${link}`);
	const { body } = telegram.calls.find(({ method, body }) => method === "sendMessage" && body.text === card.text) ?? {};
	expect(body?.entities).toContainEqual({ type: "code", offset: card.text.indexOf(link), length: link.length });
});

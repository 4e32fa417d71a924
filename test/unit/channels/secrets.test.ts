import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Action } from "../../../src/protocol/action.ts";
import { asked } from "../../support/askGate.ts";
import { makePlace, type Place } from "../../support/gateProcess.ts";
import { openPhone } from "../../support/phone.ts";
import { PHONES, type PhoneDouble } from "../../support/phones.ts";
import { piecesOf, type Secret, thirtySecrets } from "../../support/secrets.ts";

const SEEDS = Array.from({ length: Number(process.env.COUNTERSIGN_LONG === "1" ? 40 : 3) }, (_, at) => at + 1);
const alice = { by: "alice", via: "terminal" as const };

type Phone = Awaited<ReturnType<typeof openPhone>>;

describe.each(PHONES.map((kind) => [kind.name, kind] as const))("%s", (_, kind) => {
	/** Asks with the secret in the content, the path, the command, the words and the error text; until its last word is out. */
	async function leak(
		{ gate }: Phone,
		double: PhoneDouble,
		{ line, command, path, value }: Secret,
		at: number,
	): Promise<void> {
		const words = `I need this: ${line}`;
		const wishes: readonly Action[] = [
			{ tool: "file_write", path: "app.txt", content: `one\n${line}\ntwo\n` },
			{ tool: "file_write", path: `.env.${at}`, content: `${line}\n` },
			{ tool: "mcp_call", server: "db", name: "query", arguments: { text: line, list: [value, "x"] } },
			{
				tool: "api_call",
				method: "POST",
				url: `https://x.example/${at}`,
				headers: { Cookie: `a=b; session=${value.replaceAll("\n", "")}` },
				body: line,
			},
			{ tool: "shell_execute", argv: ["deploy", "--password", value] },
			...(path === undefined ? [] : [{ tool: "file_write" as const, path, content: "x\n" }]),
		];
		for (const action of wishes) {
			const { id, seq } = await asked(gate, action, { intent: words });
			await double.card(new RegExp(`^#${seq} `));
			await gate.decide(id, { kind: "deny", reason: `not with ${line}` }, alice);
			await double.card(new RegExp(`^#${seq} [0-9a-f]{8} [^\n]+\ndenied`), false);
		}
		const { id, seq } = await asked(gate, { tool: "shell_execute", command }, { apply: "agent", intent: words });
		await double.card(new RegExp(`^#${seq} `));
		await gate.decide(id, { kind: "approve", revision: 1 }, alice);
		await gate.verdict(id);
		await gate.report(id, "failed", `connect ECONNREFUSED: ${line}`);
		await double.card(new RegExp(`^#${seq} [0-9a-f]{8} [^\n]+\napproved by alice via terminal, failed`), false);
	}

	// Telegram takes one message in a second: the seeds wait side by side.
	test.concurrent.each(SEEDS)(
		"T49: of thirty secrets no piece of eight characters leaves the machine (seed %i)",
		async (seed) => {
			const double = await kind.start();
			const phone = await openPhone(makePlace({ "app.txt": "one\ntwo\n" }), double);
			const secrets = thirtySecrets(seed);
			try {
				for (const [at, secret] of secrets.entries()) await leak(phone, double, secret, at);
				const sent = double.outbound;
				const slipped = secrets.flatMap(({ kind, value }) => {
					const piece = piecesOf(value).find((one) => sent.includes(one));
					return piece === undefined ? [] : [`${kind}: ${piece} of ${value}`];
				});
				expect(slipped).toEqual([]);
				expect(sent).toMatch(/\[redacted:[a-z]+:[0-9a-f]{4}\]/);
			} finally {
				await phone.close();
				await double.close();
			}
		},
		400_000,
	);
});

describe.each(PHONES.map((kind) => [kind.name, kind] as const))("%s", (_, kind) => {
	let double: PhoneDouble;
	let place: Place;
	let phone: Phone;
	beforeEach(async () => {
		double = await kind.start();
		place = makePlace({ "app.txt": "one\ntwo\n" });
		phone = await openPhone(place, double);
	});
	afterEach(async () => {
		await phone.close();
		await double.close();
	});

	test("what is no secret stands there as it is: paths, commands, destinations, and words that only look alike", async () => {
		const plain = [
			"deploy/K8sManifests/v2beta1/ServiceMonitor.yaml",
			"src/vscode/gates/windowGates.test.ts",
			"Users/li/Documents/InvoicesFrom2026/PaymentForm2Component3.tsx",
			"production/config.yml",
			"node_modules/@types/some-very-long-package-name/index.d.ts",
		];
		for (const path of plain) {
			const { seq, id } = await asked(phone.gate, {
				tool: "file_write",
				path,
				content: "const value = loadConfiguration(PaymentForm);\n",
			});
			const card = await double.card(new RegExp(`^#${seq} `));
			expect(card.text).toContain(join(place.workspace, path));
			expect(card.text).toContain("+const value = loadConfiguration(PaymentForm);");
			expect(card.buttons[0]?.text).toBe("Approve");
			await phone.gate.decide(id, { kind: "deny", reason: "" }, alice);
		}
		const commands = [
			"npm run build && git push --force-with-lease origin feature/new-payment-form",
			"kubectl --namespace production rollout restart deployment/payment-service-v2",
			"curl https://api.example.com/v1/customers?limit=100&status=active",
		];
		for (const command of commands) {
			const { seq, id } = await asked(phone.gate, { tool: "shell_execute", command });
			const card = await double.card(new RegExp(`^#${seq} `));
			expect(card.text).toContain(command);
			expect(card.buttons[0]?.text).toBe("Approve");
			await phone.gate.decide(id, { kind: "deny", reason: "" }, alice);
		}
	});

	test.each([".env", "deploy/id_rsa", "certs/site.pem"])(
		"of %s only the sizes leave the machine, whatever it holds",
		async (path) => {
			const { seq, id } = await asked(phone.gate, { tool: "file_write", path, content: "COLOUR=periwinkle\n" });
			const card = await double.card(new RegExp(`^#${seq} `));
			expect(card.text).toContain(join(place.workspace, path));
			expect(card.text).toMatch(/new, 18 bytes\n/);
			expect(card.text).toMatch(/Its content is not sent: it is a place for secrets\./);
			expect(card.buttons.map(({ text }) => text)).toEqual(["Deny", "Later"]);
			await phone.gate.decide(id, { kind: "deny", reason: "" }, alice);
			expect(double.outbound).not.toContain("periwinkle");
		},
	);

	test("the same secret has the same mark, another one another, and the mark is of a key that stays here", async () => {
		const draw = thirtySecrets(5).filter(({ kind }) => kind === "random base62");
		const [one, two] = [draw[0]?.value, draw[1]?.value];
		const { seq } = await asked(phone.gate, { tool: "shell_execute", command: `a ${one} ${two} ${one}` });
		const card = await double.card(new RegExp(`^#${seq} `));
		const marks = card.text.match(/\[redacted:\w+:[0-9a-f]{4}\]/g) ?? [];
		expect(marks).toHaveLength(3);
		expect(marks[0]).toBe(marks[2]);
		expect(marks[0]).not.toBe(marks[1]);
		expect(readFileSync(join(place.home, "keys", "marks"), "utf8")).toMatch(/^[0-9a-f]{64}\n$/);
	});
});

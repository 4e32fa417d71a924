import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { GateClient } from "../../src/endpoint/client.ts";
import type { Action } from "../../src/protocol/action.ts";
import type { RequestState } from "../../src/protocol/messages.ts";
import { findDiscovery } from "../../src/store/discovery.ts";
import { homeAt } from "../../src/store/home.ts";
import { CLI, countersignRunning, isThere, journalOf, makePlace, type Place } from "../support/gateProcess.ts";
import { Tmux } from "../support/tmux.ts";

/** A shell in a real terminal, and in it the gate with its screen. */
async function gateIn(place: Place, columns = 80, rows = 24, more = "") {
	const terminal = new Tmux(columns, rows, "PS1='$ ' bash --norc --noprofile", place.environment);
	await terminal.see(/^\$/m);
	terminal.burst(`echo before; ${more} node ${CLI} serve`);
	terminal.press("Enter");
	await terminal.see(/Nothing waits|waiting/);
	return terminal;
}

function connect(place: Place): Promise<GateClient> {
	const discovery = findDiscovery(homeAt(place.home), place.workspace, "");
	if (!discovery) throw new Error("no discovery file");
	return GateClient.connect(discovery, { agent: { name: "test-agent" }, session: { id: "s1" } });
}

let keys = 0;
const ask = (client: GateClient, action: Action, intent?: string) =>
	client.call("request/submit", { key: `k${++keys}`, action, ...(intent ? { intent } : {}) }) as Promise<RequestState>;

const inWorkspace = (place: Place) => ({ ...place, environment: { ...place.environment, PWD: place.workspace } });

const FILES = { "src/app.ts": "one\ntwo\n", "prod.yml": "db: prod\n" };

test("the night at a keyboard: list, read, deny with a reason, approve, what is high by its number, put back, leave", async () => {
	const place = inWorkspace(makePlace(FILES));
	const terminal = await gateIn(place, 80, 24, `cd ${place.workspace};`);
	expect(terminal.value("#{alternate_on}")).toBe("1");
	const client = await connect(place);
	const edit = ask(client, { tool: "file_write", path: "src/app.ts", content: "one\n2\n" }, "I tidy up.");
	await terminal.see(/▸ #\d+ +\d s +normal +test-agent +edit src\/app\.ts/);
	const deletion = ask(client, { tool: "file_delete", path: "prod.yml" });
	const screen = await terminal.see(/delete prod\.yml/);
	expect(screen, "the mark stays").toMatch(/▸ #\d+ .*edit src\/app\.ts/);
	expect(screen).toContain("2 waiting");

	terminal.press("Down", "d");
	await terminal.see(/-db: prod/);
	terminal.press("n");
	await terminal.see(/Why not\?/);
	await terminal.answer("4");
	await terminal.pressUntil("Enter", /#\d+ denied\./);
	expect(await deletion).toMatchObject({
		status: "denied",
		decision: { reason: "This is production configuration, not a temporary file.", via: "terminal" },
	});
	expect(isThere(place, "prod.yml")).toBe(true);

	terminal.press("Home", "Enter");
	const read = await terminal.see(/\+2/);
	expect(read).toMatch(/-two/);
	expect(read).toMatch(/the agent says \(not checked\)\n │ I tidy up\./);
	await terminal.pressUntil("a", /Type yes/);
	await terminal.answer("no");
	await terminal.pressUntil("Enter", /Nothing was decided\. Type yes/);
	await terminal.answer("yes");
	await terminal.pressUntil("Enter", /#\d+ approved\./);
	expect(await edit).toMatchObject({ status: "approved", outcome: "executed" });
	expect(readFileSync(join(place.workspace, "src/app.ts"), "utf8")).toBe("one\n2\n");

	const outside = join(place.home, "..", "outside.txt");
	const high = ask(client, { tool: "file_write", path: outside, content: "high\n" });
	await terminal.see(/HIGH/);
	terminal.press("Home", "Enter");
	const [, seq = ""] = /#(\d+)/.exec(await terminal.see(/lies outside the workspace/)) ?? [];
	await terminal.pressUntil("a", /This is high\. Type its number/);
	await terminal.answer("yes");
	await terminal.pressUntil("Enter", /Nothing was decided\. Type \d+/);
	expect(existsSync(outside)).toBe(false);
	await terminal.answer(seq);
	await terminal.pressUntil("Enter", /#\d+ approved\./);
	expect(await high).toMatchObject({ status: "approved", outcome: "executed" });

	await terminal.see(/executed +test-agent +edit src\/app\.ts/);
	terminal.press("End", "Up");
	await terminal.see(/▸ #\d+ .*executed +test-agent +edit src\/app\.ts/);
	terminal.press("r");
	await terminal.see(/asks to undo #\d+: put back this/);
	await terminal.see(/\+two/);
	await terminal.pressUntil("a", /Type yes/);
	await terminal.answer("yes");
	await terminal.pressUntil("Enter", /#\d+ approved\./);
	await terminal.see(/executed +countersign +put back src\/app\.ts/);
	expect(readFileSync(join(place.workspace, "src/app.ts"), "utf8")).toBe("one\ntwo\n");

	terminal.press("q");
	await terminal.see(/q again leaves/);
	terminal.press("q");
	const left = await terminal.see(/before[\s\S]*\n\$ *\n/);
	expect(left, "the screen of before").not.toContain("Decided");
	expect(terminal.value("#{alternate_on} #{cursor_flag} #{wrap_flag}")).toBe("0 1 1");
	terminal.burst("echo e''cho");
	terminal.press("Enter");
	await terminal.see(/^echo$/m);
	client.close();
});

test("stray keys, pastes and what was typed ahead decide nothing", async () => {
	const place = makePlace(FILES);
	const terminal = await gateIn(place, 80, 24, `cd ${place.workspace};`);
	const client = await connect(place);
	void ask(client, { tool: "file_write", path: "src/app.ts", content: "new\n" }).catch(() => undefined);
	await terminal.see(/edit src\/app\.ts/);
	terminal.burst("ayes\raaayyy\r\ryes\r");
	terminal.paste("d\nayes\nyes\n");
	terminal.burst("\rayes\r");
	await terminal.see(/\+new/);
	await terminal.pressUntil("a", /Type yes/);
	terminal.paste("yes\n");
	await terminal.see(/What is pasted decides nothing/);
	terminal.burst("yes\r");
	terminal.press("Escape");
	await terminal.see(/Nothing was decided/);
	terminal.press("n");
	await terminal.see(/Why not/);
	terminal.paste("because\nof this\n");
	await terminal.see(/> because of this/);
	terminal.press("Escape", "y", "Y", "Space", "Tab", "C-y", "F1", "M-a", "Enter");
	await terminal.see(/edit src\/app\.ts/);
	expect((await journalOf(place)).map(({ type }) => type)).not.toContain("DECISION");
	expect(readFileSync(join(place.workspace, "src/app.ts"), "utf8")).toBe("one\ntwo\n");
	client.close();
});

test("a file that moves on under the reader is read again, and only then approved", async () => {
	const place = makePlace(FILES);
	const terminal = await gateIn(place, 80, 24, `cd ${place.workspace};`);
	const client = await connect(place);
	const answer = ask(client, { tool: "file_write", path: "src/app.ts", content: "new\n" });
	await terminal.see(/edit src\/app\.ts/);
	terminal.press("Enter");
	await terminal.see(/\+new/);
	await terminal.pressUntil("a", /Type yes/);
	writeFileSync(join(place.workspace, "src/app.ts"), "one\ntwo\nthree\n");
	await terminal.answer("yes");
	await terminal.pressUntil("Enter", /revision 2/);
	await terminal.see(/^ {2}three$/m);
	expect(readFileSync(join(place.workspace, "src/app.ts"), "utf8")).toContain("three");
	await terminal.pressUntil("a", /Type yes/);
	await terminal.answer("yes");
	await terminal.pressUntil("Enter", /approved\./);
	expect(await answer).toMatchObject({ outcome: "executed", revision: 2 });
	expect(readFileSync(join(place.workspace, "src/app.ts"), "utf8")).toBe("new\nthree\n");
	client.close();
});

test("at every size it is drawn anew and whole, while a request is open too", async () => {
	const place = makePlace(FILES);
	const terminal = await gateIn(place, 200, 50, `cd ${place.workspace};`);
	const client = await connect(place);
	const long = Array.from({ length: 60 }, (_, at) => `line ${at} 日本語 ${"word ".repeat(at)}`).join("\n");
	void ask(client, { tool: "file_write", path: "long.txt", content: long }).catch(() => undefined);
	await terminal.see(/create long\.txt/);
	terminal.press("Enter");
	await terminal.see(/\+line 0 日本語/);
	for (const [columns, rows] of [
		[40, 10],
		[80, 24],
		[61, 13],
		[200, 50],
		[40, 10],
	] as const) {
		terminal.resize(columns, rows);
		await terminal.see(new RegExp(`^ Countersign.*1 waiting$\\n^─{${columns}}$`, "m"));
		const lines = terminal.screen().split("\n").slice(0, rows);
		expect(lines).toHaveLength(rows);
		expect(lines.at(-1)).toMatch(/a approve {2}n deny/);
	}
	terminal.press("a");
	await terminal.see(/Read it to its end/);
	terminal.press("End");
	await terminal.see(/No newline at end of file/);
	await terminal.see(/ end$/m);
	client.close();
});

test("nothing that an agent writes reaches the terminal as anything but text", async () => {
	const place = makePlace({ ...FILES, "evil\u001b]0;owned\u0007\u001b[2J.txt": "old\n" });
	const terminal = await gateIn(place, 80, 24, `cd ${place.workspace};`);
	const client = await connect(place);
	const evil = "\u001b[2J\u001b[1;1Hgotcha\u001b]0;owned\u0007\u009b31m\u202e\rback";
	const path = "evil\u001b]0;owned\u0007\u001b[2J.txt";
	void ask(client, { tool: "file_write", path, content: `new ${evil}\n` }, `Trust me ${evil}`).catch(() => undefined);
	await terminal.see(/edit evil\\u\{1b\}\]0;owned\\u\{7\}/);
	terminal.press("Enter");
	const screen = await terminal.see(/\+new \\u\{1b\}\[2J/);
	expect(screen).toMatch(/│ Trust me \\u\{1b\}\[2J/);
	expect(screen).toContain("Countersign");
	expect(terminal.value("#{pane_title}")).not.toContain("owned");
	client.close();
});

test("SIGTERM and Ctrl+Z give the terminal back, and fg brings the queue again", async () => {
	const place = makePlace(FILES);
	const terminal = await gateIn(place, 80, 24, `cd ${place.workspace};`);
	const client = await connect(place);
	const answer = ask(client, { tool: "file_delete", path: "prod.yml" });
	answer.catch(() => undefined);
	await terminal.see(/delete prod\.yml/);
	terminal.press("C-z");
	await terminal.see(/Stopped/);
	expect(terminal.value("#{alternate_on} #{cursor_flag}")).toBe("0 1");
	terminal.burst("fg");
	terminal.press("Enter");
	await terminal.see(/delete prod\.yml[\s\S]*Enter read/);
	terminal.press("Enter");
	await terminal.see(/-db: prod/);
	const pid = findDiscovery(homeAt(place.home), place.workspace, "")?.pid ?? 0;
	process.kill(pid, "SIGTERM");
	await terminal.see(/before[\s\S]*\$ *\n/);
	expect(terminal.value("#{alternate_on} #{cursor_flag}")).toBe("0 1");
	expect(isThere(place, "prod.yml")).toBe(true);
	client.close();
});

test("NO_COLOR is heeded; piped, there is no control sequence at all", async () => {
	const place = makePlace(FILES);
	const coloured = await gateIn(place, 80, 24, `cd ${place.workspace};`);
	const client = await connect(place);
	void ask(client, { tool: "file_write", path: "src/app.ts", content: "new\n" }).catch(() => undefined);
	await coloured.see(/edit src\/app\.ts/);
	coloured.press("Enter");
	await coloured.see(/\+new/);
	expect(coloured.screen(true)).toContain("\u001b[32m");
	client.close();
	coloured.press("q", "q", "q");
	await coloured.see(/before[\s\S]*\$ *\n/);

	const plain = await gateIn(place, 80, 24, `cd ${place.workspace}; NO_COLOR=1`);
	plain.press("Enter");
	await plain.see(/\+new/);
	expect(plain.screen(true)).not.toMatch(/\u001b\[[0-9;]*3[0-7]m/);
	plain.press("q", "q", "q");
	await plain.see(/before[\s\S]*\$ *\n/);

	const piped = countersignRunning(place, ["serve"]);
	for (const until = Date.now() + 30_000; !/approve|waiting/.test(piped.said) && Date.now() < until; )
		await new Promise((done) => setTimeout(done, 50));
	piped.tell("list");
	piped.tell("help");
	for (const until = Date.now() + 30_000; !/keep|quit/.test(piped.said) && Date.now() < until; )
		await new Promise((done) => setTimeout(done, 50));
	expect(piped.said).toContain("file_write");
	expect(piped.said).not.toContain("\u001b");
});

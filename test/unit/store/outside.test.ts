import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../../src/base/hash.ts";
import type { Gate } from "../../../src/core/gate.ts";
import { parsePolicy } from "../../../src/core/policy/parsePolicy.ts";
import { neverARule } from "../../../src/core/policy/programs.ts";
import { ownFolder } from "../../../src/owner/ownFolder.ts";
import type { PolicyKeeper } from "../../../src/owner/policyKeeper.ts";
import type { Action } from "../../../src/protocol/action.ts";
import { realDisk } from "../../../src/store/disk.ts";
import { homeAt } from "../../../src/store/home.ts";
import { layPrograms } from "../../../src/store/launcher.ts";
import { journalOf, makePlace, type Place } from "../../support/gateProcess.ts";
import { openTestGate, statusOf } from "../../support/openGate.ts";
import { tempDir } from "../../support/tempDir.ts";

/** What comes from outside of the gate: a repository, a log, another process, another window. */

const DOCS = 'rules:\n  - { id: docs, effect: allow, tool: file_write, path: "docs/**" }\n';
const agent = { agent: "test", session: "s" };
const alice = { by: "alice", via: "editor" as const };
let count = 0;

const write = (path: string): Action => ({ tool: "file_write", path, content: "x" });
const read: Action = { tool: "file_read", path: "docs/a.md" };
const put = (path: string, text: string) => {
	mkdirSync(join(path, ".."), { recursive: true });
	writeFileSync(path, text);
};

describe("T35: what a repository brings holds once a person has adopted it, to the byte", () => {
	const ALL =
		'free: [file_read, log_write]\nroots: ["/"]\nrules:\n  - { id: all, effect: allow, tool: file_write, path: "**" }\n';
	const TIGHT = 'free: [log_write]\nrules:\n  - { id: gen, effect: deny, tool: file_write, path: "gen/**" }\n';

	test("a policy that allows everything, and settings that switch everything off, have no effect at all", async () => {
		const place = makePlace({
			".countersign/policy.yaml": ALL,
			".vscode/settings.json":
				'{"countersign.enabled":false,"countersign.input.quietMs":0,"chat.tools.autoApprove":true}',
		});
		const { gate, policy, warnings, close } = await openTestGate(place);
		expect(await statusOf(gate, write("docs/a.md"))).toBe("waiting");
		expect(await statusOf(gate, write("/etc/x"))).toBe("waiting");
		expect(policy.current.proposals).toEqual([]);
		expect(warnings.join("\n")).toContain(
			"policy.yaml:2: roots is refused here. Only a person's own policy may say roots",
		);
		expect(warnings.join("\n")).toContain(
			'policy.yaml:4: the rule "all" would allow. A repository may only ask or deny',
		);
		await close();
	});

	test("adopted it holds as it was; one changed byte is a proposal again, and what was adopted holds on", async () => {
		const place = makePlace({ ".countersign/policy.yaml": TIGHT });
		const path = join(place.workspace, ".countersign/policy.yaml");
		const first = await openTestGate(place);
		expect(await statusOf(first.gate, write("gen/x"))).toBe("waiting");
		expect(await statusOf(first.gate, read)).toBe("passed");
		const [proposal] = first.policy.current.proposals;
		expect(proposal).toMatchObject({ origin: "repository", text: TIGHT, sha256: sha256(TIGHT), adopted: undefined });
		await expect(first.policy.adopt(sha256(`${TIGHT} `), alice)).rejects.toThrow("Look at it once more");
		await first.policy.adopt(sha256(TIGHT), alice);
		const holds = async (gate: Gate) => {
			expect(await statusOf(gate, write("gen/x"))).toBe("denied");
			expect(await statusOf(gate, read)).toBe("waiting");
		};
		await holds(first.gate);
		expect(first.policy.current.proposals).toEqual([]);
		for (const text of [`${TIGHT}#`, TIGHT.replace("deny", "ask"), "free: [file_read]\n", ALL, ""]) {
			writeFileSync(path, text);
			await holds(first.gate);
		}
		expect(first.policy.current.proposals).toMatchObject([{ text: "", adopted: TIGHT }]);
		await first.close();
		rmSync(path);
		const second = await openTestGate(place);
		await holds(second.gate);
		expect(second.policy.current.proposals).toMatchObject([{ text: undefined, loosens: ["it is gone"] }]);
		await second.policy.adopt(second.policy.current.proposals[0]?.sha256 ?? "", alice);
		expect(await statusOf(second.gate, write("gen/x"))).toBe("waiting");
		await second.close();
		const adoptions = (await journalOf(place)).filter(({ summary }) => summary === "adopted");
		expect(adoptions.map(({ by, data }) => [by, data?.policy])).toEqual([
			["alice", sha256(TIGHT)],
			["alice", sha256("")],
		]);
	});

	test("what one repository had adopted says nothing of another one", async () => {
		const place = makePlace({ ".countersign/policy.yaml": TIGHT });
		const first = await openTestGate(place);
		await first.policy.adopt(sha256(TIGHT), alice);
		await first.close();
		const other = { ...makePlace({ ".countersign/policy.yaml": TIGHT }), home: place.home };
		const second = await openTestGate(other);
		expect(await statusOf(second.gate, write("gen/x"))).toBe("waiting");
		expect(second.policy.current.proposals).toHaveLength(1);
		await second.close();
	});
});

test("T36: a folder that was copied with its log, true and approved by a rule, has nothing done", async () => {
	const place = makePlace({}, DOCS);
	const first = await openTestGate(place);
	const asked = await first.gate.submit(agent, { key: "k", action: write("docs/a.md"), apply: "agent" });
	expect(asked.kind === "asked" && asked.request.status).toBe("approved");
	await first.close();
	const copy = makePlace();
	cpSync(join(place.workspace, ".countersign"), join(copy.workspace, ".countersign"), { recursive: true });
	const second = await openTestGate(copy);
	expect([second.gate.history(), second.gate.pending()]).toEqual([[], []]);
	expect(await statusOf(second.gate, write("docs/a.md"))).toBe("waiting");
	await second.close();
});

/** Programs that run what their arguments or their input say. */
const RUNNERS = [
	"sh -c x",
	"bash x.sh",
	"zsh",
	"env FOO=1 make",
	"busybox sh",
	"npx jest",
	"xargs rm",
	"python -c x",
	"python3 x.py",
	"node -e x",
	"perl -e x",
	"sudo make",
	"timeout 5 make",
	"nohup make",
	"nice make",
	"git -c core.fsmonitor=x status",
	"ssh host",
	"/bin/sh -c x",
	"doas make",
	"eval x",
	"find . -exec rm",
];

/** Until the list of them is in its place, only the one that stands for it. */
const isStub = neverARule(["bash", "-c", "x"]) === undefined;

for (const command of RUNNERS) {
	const argv = command.split(" ");
	test.skipIf(isStub && argv[0] !== "sh")(`T38: no rule allows ${command}, and any may deny it`, () => {
		const text = `rules:\n  - { id: a, effect: allow, tool: shell_execute, argv: ${JSON.stringify(argv)} }\n`;
		const found = parsePolicy(text, "/ws");
		expect("errors" in found && found.errors[0]?.message).toContain('the rule "a" is refused: argv: ');
		expect(parsePolicy(text.replace("effect: allow", "effect: deny"), "/ws")).toHaveProperty("policy");
	});
}

describe("T39: what the gate stands on was changed outside: no rule allows anything until a person has looked", () => {
	interface World {
		readonly place: Place;
		readonly dist: string;
		readonly settings: string;
	}
	const home = tempDir("person-");
	const before = process.env.HOME;
	beforeAll(() => {
		process.env.HOME = home;
	});
	afterAll(() => {
		process.env.HOME = before;
	});

	function makeWorld(): World {
		const place = makePlace({ "docs/a.md": "a" }, DOCS);
		const dist = join(place.home, "..", "dist");
		const settings = join(home, `.agent-${++count}`, "settings.json");
		for (const path of [join(dist, "cli.js"), join(place.home, "bin/countersign-hook"), settings]) put(path, "1");
		spawnSync("chmod", ["700", join(place.home, "bin")]);
		put(
			join(place.home, "agents.json"),
			JSON.stringify([{ agent: "x", file: settings, sha256: sha256("1"), time: "" }]),
		);
		return { place, dist, settings };
	}

	const CHANGES: readonly [what: string, path: (world: World) => string][] = [
		["settings of a connected agent", ({ settings }) => settings],
		["a program of the gate's home", ({ place }) => join(place.home, "bin/countersign-hook")],
		["a program of the extension", ({ dist }) => join(dist, "cli.js")],
	];

	test.each(CHANGES)("%s, at the very next request, and also when it is changed back", async (_, pathOf) => {
		const world = makeWorld();
		const path = pathOf(world);
		const opened = await openTestGate(world.place, { dist: world.dist });
		const { gate, policy, warnings } = opened;
		expect(await statusOf(gate, write("docs/a.md"))).toBe("approved");
		writeFileSync(path, "2");
		expect(await statusOf(gate, write("docs/a.md"))).toBe("waiting");
		expect(await statusOf(gate, read)).toBe("passed");
		expect(policy.current.drifted).toEqual([path]);
		await expect.poll(() => warnings.join()).toContain(`${path} was changed outside the gate`);
		writeFileSync(path, "1");
		expect(await statusOf(gate, write("docs/a.md"))).toBe("waiting");
		await opened.close();
		const again = await openTestGate(world.place, { dist: world.dist });
		expect(await statusOf(again.gate, write("docs/a.md"))).toBe("waiting");
		await again.policy.acknowledgeDrift(again.policy.current.drifted, alice);
		expect(await statusOf(again.gate, write("docs/a.md"))).toBe("approved");
		writeFileSync(path, "3");
		expect(await statusOf(again.gate, write("docs/a.md"))).toBe("waiting");
		await again.close();
		const drift = (await journalOf(world.place)).filter(({ type, target }) => type === "DRIFT" && target === path);
		expect(drift.slice(0, 2).map(({ summary, by }) => [summary, by])).toEqual([
			["changed outside the gate; no rule allows anything", undefined],
			["seen", "alice"],
		]);
	});

	test.each(CHANGES)("%s that is gone counts as changed", async (_, pathOf) => {
		const world = makeWorld();
		const { gate, policy, close } = await openTestGate(world.place, { dist: world.dist });
		rmSync(pathOf(world));
		expect(await statusOf(gate, write("docs/a.md"))).toBe("waiting");
		expect(policy.current.drifted).toEqual([pathOf(world)]);
		await close();
	});

	test("a change that is gone again before anybody was told is nothing", async () => {
		const world = makeWorld();
		const { gate, policy, close } = await openTestGate(world.place, { dist: world.dist });
		writeFileSync(world.settings, "2");
		expect(await statusOf(gate, write("docs/a.md"))).toBe("waiting");
		writeFileSync(world.settings, "1");
		expect(await statusOf(gate, write("docs/a.md"))).toBe("approved");
		expect(policy.current.drifted).toEqual([]);
		await close();
	});

	test("programs that another one of us lays, naming its own Node, are no alarm; the same without our seal are one", async () => {
		const { place } = makeWorld();
		const own = homeAt(place.home);
		await layPrograms(realDisk, own, resolve("dist"));
		const { gate, policy, close } = await openTestGate(place, { dist: resolve("dist") });
		await layPrograms(realDisk, own, resolve("dist"), "/usr/bin/another-node");
		expect(await statusOf(gate, write("docs/a.md"))).toBe("approved");
		const launcher = join(own.bin, "countersign");
		writeFileSync(launcher, readFileSync(launcher, "utf8").replace("another-node", "my-node"));
		const list = readFileSync(join(own.bin, "laid"), "utf8");
		const forged = list.replace(/[0-9a-f]{64} countersign\n/, `${sha256(readFileSync(launcher))} countersign\n`);
		expect(forged).not.toBe(list);
		writeFileSync(join(own.bin, "laid"), forged);
		expect(await statusOf(gate, write("docs/a.md"))).toBe("waiting");
		expect(policy.current.drifted).toContain(launcher);
		await close();
	});

	test("within a second, while nobody asks", async () => {
		const world = makeWorld();
		const { place, dist, settings } = world;
		const owned = await ownFolder({
			home: homeAt(place.home),
			workspace: place.workspace,
			owner: "serve",
			version: "0",
			adapters: [],
			tcp: false,
			dist,
			warn: () => undefined,
		});
		const allows = () => owned.policy.inForce().allows.length;
		expect(allows()).toBe(1);
		writeFileSync(settings, "2");
		await expect.poll(allows, { timeout: 1000, interval: 20 }).toBe(0);
		await owned.policy.acknowledgeDrift([settings], alice);
		expect(allows()).toBe(1);
		writeFileSync(
			join(place.home, "policy.yaml"),
			`${DOCS}  - { id: x, effect: allow, tool: file_write, path: "**" }\n`,
		);
		await expect.poll(allows, { timeout: 1000, interval: 20 }).toBe(0);
		await owned.close();
	});

	test("the policy together with the copy of what was adopted, and that copy alone", async () => {
		const place = makePlace({}, DOCS);
		const all = 'rules:\n  - { id: all, effect: allow, tool: file_write, path: "**" }\n';
		const [policy, copy] = [join(place.home, "policy.yaml"), join(place.home, "policy.last-good.yaml")];
		const sealed = readSealed(await openTestGate(place), copy);
		for (const [mine, kept] of [
			[all, all],
			[all, (await sealed).replace(DOCS, all)],
			[DOCS, all],
			[all, undefined],
		] as const) {
			writeFileSync(policy, mine);
			if (kept === undefined) rmSync(copy);
			else writeFileSync(copy, kept);
			const { gate, close } = await openTestGate(place);
			expect(await statusOf(gate, write("src/a"))).toBe("waiting");
			expect(await statusOf(gate, write("docs/a"))).toBe("waiting");
			await close();
			// Nor in a folder that was never gated.
			const other = await openTestGate({ ...makePlace(), home: place.home });
			expect(await statusOf(other.gate, write("src/a"))).toBe("waiting");
			expect(other.policy.current.proposals).toHaveLength(1);
			await other.close();
		}
		writeFileSync(policy, DOCS);
		writeFileSync(copy, await sealed);
		const { gate, close } = await openTestGate(place);
		expect(await statusOf(gate, write("docs/a"))).toBe("approved");
		await close();
	});

	async function readSealed({ close }: { close(): Promise<void> }, copy: string): Promise<string> {
		await close();
		return readFileSync(copy, "utf8");
	}
});

describe("two gates of two folders under one home", () => {
	const allows = (policy: PolicyKeeper) => policy.inForce().allows.map(({ rule }) => rule.id);

	test("what a person writes at one is taken over by the other, without an alarm", async () => {
		const place = makePlace({}, "");
		const [one, two] = [await openTestGate(place), await openTestGate({ ...makePlace(), home: place.home })];
		let text = "";
		for (const [at, rule] of ["docs", "src", "lib"].entries()) {
			const next = `rules:\n  - { id: ${rule}, effect: allow, tool: file_write, path: "${rule}/**" }\n`;
			const [writer, reader] = at % 2 ? [two, one] : [one, two];
			const seen: Promise<unknown>[] = [];
			const look = setInterval(() => seen.push(reader.policy.refresh()), 1);
			await writer.policy.write(text, next, `a rule for ${rule}`, alice);
			clearInterval(look);
			await Promise.all(seen);
			expect(await statusOf(reader.gate, write(`${rule}/a`))).toBe("approved");
			expect([allows(one.policy), allows(two.policy)]).toEqual([[rule], [rule]]);
			text = next;
		}
		await new Promise((done) => setTimeout(done, 400));
		for (const { policy, warnings } of [one, two]) {
			expect([policy.current.proposals, policy.current.problems, policy.current.drifted, warnings]).toEqual([
				[],
				[],
				[],
				[],
			]);
		}
		await Promise.all([one.close(), two.close()]);
	});

	test("both of the first start at once adopt the one that is there", async () => {
		const place = makePlace({}, DOCS);
		const opened = await Promise.all([openTestGate(place), openTestGate({ ...makePlace(), home: place.home })]);
		for (const { gate, policy, close } of opened) {
			expect(await statusOf(gate, write("docs/a"))).toBe("approved");
			expect(policy.current.proposals).toEqual([]);
			await close();
		}
	});

	test("two that write at once: one is told that it changed, and both hold what the other wrote", async () => {
		const place = makePlace({}, "");
		const [one, two] = [await openTestGate(place), await openTestGate({ ...makePlace(), home: place.home })];
		const rule = (id: string) => `rules:\n  - { id: ${id}, effect: allow, tool: file_write, path: "${id}/**" }\n`;
		const results = await Promise.allSettled([
			one.policy.write("", rule("a"), "a", alice),
			two.policy.write("", rule("b"), "b", alice),
		]);
		expect(results.map(({ status }) => status)).toContain("fulfilled");
		await Promise.all([one.policy.refresh(), two.policy.refresh()]);
		expect(allows(one.policy)).toEqual(allows(two.policy));
		await Promise.all([one.close(), two.close()]);
	});
});

import { execFileSync } from "node:child_process";
import { chmodSync, linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { oddText } from "../../../../src/core/policy/oddText.ts";
import type { Action } from "../../../../src/protocol/action.ts";
import { Problem } from "../../../../src/protocol/problem.ts";
import { makePlace, type Place } from "../../../support/gateProcess.ts";
import { openTestGate } from "../../../support/openGate.ts";
import { type Row, THEMES, type Theme } from "./table.ts";

const FILES = {
	"docs/a.md": "a\n",
	"docs/deep/er/b.md": "b\n",
	"docs/readonly.md": "r\n",
	"docs/setuid": "s\n",
	"src/a.ts": "a\n",
	"notes.txt": "notes\n",
	".vscode/settings.json": "{}\n",
	".git/config": "[core]\n",
	".env": "KEY=1\n",
	"holder/.vscode/x.json": "{}\n",
};
const alice = { by: "alice", via: "editor" as const };
type Opened = Awaited<ReturnType<typeof openTestGate>>;

interface World extends Opened {
	readonly place: Place;
	/** With what stands for a folder written out. */
	readonly fill: (text: string) => string;
}

async function open({ policy, managed, repository, state }: Theme): Promise<World> {
	const place = makePlace(FILES);
	const { workspace, home } = place;
	const out = `${workspace}-evil`;
	const dist = join(home, "..", "dist");
	for (const folder of [out, dist]) mkdirSync(folder);
	writeFileSync(join(out, "x.md"), "x\n");
	writeFileSync(join(dist, "cli.js"), "1");
	makeLinks(workspace, out);
	const fill = (text: string) => text.replaceAll("$WS", workspace).replaceAll("$OUT", out).replaceAll("$HOME", home);
	writeFileSync(join(home, "policy.yaml"), fill(policy));
	const managedPolicy = join(home, "managed.yaml");
	if (managed !== undefined) writeFileSync(managedPolicy, managed);
	const opened = await openTestGate(place, { managedPolicy, dist });
	expect(managed ? [] : opened.policy.current.problems).toEqual([]);
	if (repository !== undefined) {
		mkdirSync(join(workspace, ".countersign"), { recursive: true });
		writeFileSync(join(workspace, ".countersign/policy.yaml"), repository);
		await opened.policy.refresh();
		await opened.policy.adopt(opened.policy.current.proposals[0]?.sha256 ?? "", alice);
	}
	if (state === "paused") await opened.policy.pause(alice);
	if (state === "drifted") writeFileSync(join(dist, "cli.js"), "2");
	if (state === "deleted") rmSync(join(home, "policy.yaml"));
	if (state === "changed") {
		writeFileSync(
			join(home, "policy.yaml"),
			`${fill(policy)}  - { id: x, effect: allow, tool: file_write, path: "**" }\n`,
		);
	}
	return { ...opened, place, fill };
}

function makeLinks(workspace: string, out: string): void {
	const docs = join(workspace, "docs");
	const links = {
		"link-in.md": "a.md",
		"link-src.md": "../src/a.ts",
		"link-out.md": join(out, "x.md"),
		"link-settings.md": "../.vscode/settings.json",
		"link-env.md": "../.env",
		"dangling.md": "nowhere.md",
		"dangling-src.md": "../src/nowhere.ts",
		"dangling-out.md": join(out, "nowhere.md"),
		"folder-link": "../src",
		"folder-out": out,
		"round.md": "round.md",
	};
	for (const [name, target] of Object.entries(links)) symlinkSync(target, join(docs, name));
	symlinkSync("docs", join(workspace, "link-to-docs"));
	linkSync(join(workspace, ".vscode/settings.json"), join(docs, "hard-protected.md"));
	linkSync(join(workspace, "notes.txt"), join(docs, "hard.md"));
	chmodSync(join(docs, "readonly.md"), 0o444);
	chmodSync(join(docs, "setuid"), 0o4755);
	execFileSync("mkfifo", [join(docs, "pipe")]);
}

let count = 0;

/** What it really comes to at the gate, as the table says it. */
async function becomes({ gate, fill }: World, [action, , more = {}]: Row): Promise<string> {
	const { agent = "test", session = "s", caution } = more;
	const filled = JSON.parse(JSON.stringify(action), (_, value) => (typeof value === "string" ? fill(value) : value));
	const params = { key: String(++count), action: filled as Action, apply: "agent" as const };
	try {
		const submission = await gate.submit({ agent, session }, caution === undefined ? params : { ...params, caution });
		if (submission.kind === "passed") return `passed ${by(submission.state.decision?.by)}`;
		const { request } = submission;
		const { status, plan, decision } = request;
		if (status !== "waiting") return `${status} ${by(decision?.by)}`;
		await gate.cancel(request.id);
		return [plan.tier, ...plan.why].join(": ");
	} catch (error) {
		if (error instanceof Problem) return `refused: ${error.message}`;
		throw error;
	}
}

const by = (who = "") => who.replace(/^rules? /, "");

/** `high: why`: the tier or the refusal is that one, and one of its reasons is among what is said. */
function expectIs(found: string, wanted: string): void {
	const [kind, why] = wanted.split(/: (.*)/s);
	if (why === undefined) expect(found).toBe(wanted);
	else expect([found.split(": ")[0], found]).toEqual([kind, expect.stringContaining(why)]);
}

const name = ([action, wanted, more]: Row) =>
	`${JSON.stringify(action).slice(0, 150)} ${JSON.stringify(more ?? {})} -> ${wanted}`;

describe.each(THEMES.map((theme) => [theme.theme, theme] as const))("%s", (_, theme) => {
	let world: World;
	beforeAll(async () => {
		world = await open(theme);
	});
	afterAll(() => world.close());

	for (const row of theme.rows) {
		const isMissing = row[2]?.needs === "oddText" && oddText("\u202e") === undefined;
		test.skipIf(isMissing)(name(row), async () => expectIs(await becomes(world, row), row[1]));
	}
});

test("the table is one of hundreds of rows", () => {
	expect(THEMES.flatMap(({ rows }) => rows).length).toBeGreaterThan(400);
});

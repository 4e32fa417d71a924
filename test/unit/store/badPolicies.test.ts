import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Gate } from "../../../src/core/gate.ts";
import { loosenings } from "../../../src/core/policy/loosening.ts";
import { type ParsedPolicy, type PolicyError, parsePolicy } from "../../../src/core/policy/parsePolicy.ts";
import type { Action } from "../../../src/protocol/action.ts";
import { makePlace, type Place } from "../../support/gateProcess.ts";
import { openTestGate, statusOf } from "../../support/openGate.ts";
import { pick, seeded } from "../../support/seeded.ts";
import { worked } from "../../support/worked.ts";
import { BAD_POLICIES, REFUSED_OF_OTHERS } from "./badPolicies.ts";

const GOOD = `free: [log_write]
expire_after: 8h
protect: ["infra/**"]
rules:
  - { id: docs, effect: allow, tool: file_write, path: "docs/**/*.md", expires: 2999-12-31 }
  - { id: make, effect: allow, tool: shell_execute, argv: [make, test] }
  - { id: web, effect: allow, tool: api_call, scheme: https, host: example.com, method: GET }
  - { id: mcp, effect: allow, tool: mcp_call, server: s, name: n, arguments: { a: [1, { b: null }] } }
  - { id: no-db, effect: deny, tool: file_write, path: "db/**", reason: "Never." }
  - { id: look, effect: ask, tool: file_read, path: "plans/**" }
`;
const alice = { by: "alice", via: "editor" as const };

const write = (path: string): Action => ({ tool: "file_write", path, content: "x" });
/** What GOOD says of one thing each: allowed, denied, protected, asked, free. */
async function holdsGood(gate: Gate): Promise<void> {
	expect(await statusOf(gate, write("docs/a.md"))).toBe("approved");
	expect(await statusOf(gate, write("db/a"))).toBe("denied");
	expect(await statusOf(gate, write("src/a"))).toBe("waiting");
	expect(await statusOf(gate, { tool: "file_read", path: "a" })).toBe("waiting");
	expect(await statusOf(gate, { tool: "log_write", text: "x" })).toBe("passed");
}

describe("a policy file that is wrong is refused with its line and what to write, and the last good one holds", () => {
	let place: Place;
	let opened: Awaited<ReturnType<typeof openTestGate>>;
	beforeAll(async () => {
		place = makePlace({}, GOOD);
		opened = await openTestGate(place);
	});
	afterAll(() => opened.close());

	test.each(BAD_POLICIES)("%s", async (_, text, line, message, remedy) => {
		const path = join(place.home, "policy.yaml");
		writeFileSync(path, text);
		await opened.policy.refresh();
		const { problems, proposals } = opened.policy.current;
		const said = problems[0]?.slice(path.length + 1) ?? "";
		const found = parsePolicy(text, place.workspace);
		if ("policy" in found) throw new Error("It was taken as a policy.");
		const [error] = found.errors;
		expect(error).toEqual({ line, message: expect.anything(), remedy: expect.stringMatching(remedy) });
		if (typeof message === "string") expect(error?.message).toBe(message);
		else expect(error?.message).toMatch(message);
		expect(said).toBe(`${error?.line}: ${error?.message}. ${error?.remedy}`);
		expect(problems.at(-1)).toBe("The last good policy stays in force.");
		expect(proposals).toEqual([]);
		await holdsGood(opened.gate);
	});

	test.each(REFUSED_OF_OTHERS)("of a repository and of an organization: %j", (text, message) => {
		for (const origin of ["repository", "managed"] as const) {
			const found = parsePolicy(text, place.workspace, origin);
			expect("errors" in found && found.errors[0]).toMatchObject({
				message,
				remedy: expect.stringMatching(/may only ask or deny/),
			});
		}
		expect(
			parsePolicy(text.replace("effect: allow }", "effect: allow, tool: file_read, path: x, id: b }"), "/ws"),
		).toBeDefined();
	});

	test("there are more than fifty of them", () => expect(BAD_POLICIES.length).toBeGreaterThan(50));
});

describe("a repository's file of any kind changes nothing and keeps nobody waiting", () => {
	const MIB = 1024 * 1024;
	const aliases = Array.from(
		{ length: 20 },
		(_, at) =>
			`k${at}: &a${at} [${Array(9)
				.fill(at ? `*a${at - 1}` : "x")
				.join()}]`,
	);
	const KINDS: readonly [what: string, make: (path: string) => void][] = [
		["a pipe that nobody writes to", (path) => execFileSync("mkfifo", [path])],
		["a link to a device without end", (path) => symlinkSync("/dev/zero", path)],
		["a link to a terminal", (path) => symlinkSync("/dev/tty", path)],
		["a link to a file of the system that has no size and no end", (path) => symlinkSync("/proc/self/pagemap", path)],
		["a link to a file that is read once", (path) => symlinkSync("/proc/self/environ", path)],
		["a link to itself", (path) => symlinkSync("policy.yaml", path)],
		["a link to nothing", (path) => symlinkSync("nothing", path)],
		["a folder", (path) => mkdirSync(path)],
		["256 KiB of brackets", (path) => writeFileSync(path, "[".repeat(256 * 1024))],
		["256 KiB of maps", (path) => writeFileSync(path, "{a: ".repeat(64 * 1024))],
		["256 KiB of lines", (path) => writeFileSync(path, "- a\n".repeat(64 * 1024))],
		[
			"256 KiB of keys",
			(path) => writeFileSync(path, Array.from({ length: 20_000 }, (_, at) => `k${at}: 1`).join("\n")),
		],
		[
			"256 KiB of rules",
			(path) => writeFileSync(path, `rules:\n${"- {id: a, effect: deny, tool: custom}\n".repeat(6800)}`),
		],
		["256 KiB of words", (path) => writeFileSync(path, `protect: [${"abc, ".repeat(52_000)}x]`)],
		[
			"256 KiB of anchors",
			(path) => writeFileSync(path, Array.from({ length: 15_000 }, (_, at) => `- &a${at} *a${at}`).join("\n")),
		],
		["1 MiB of words", (path) => writeFileSync(path, `protect: [${"abc, ".repeat(MIB / 5 - 10)}x]`.slice(0, MIB))],
		["one byte more than 1 MiB", (path) => writeFileSync(path, `# ${"x".repeat(MIB - 1)}`)],
		["a bomb of aliases", (path) => writeFileSync(path, aliases.join("\n"))],
		["an alias to itself", (path) => writeFileSync(path, "rules: &r [*r]\n")],
		["20,000 brackets", (path) => writeFileSync(path, `rules: ${"[".repeat(20_000)}`)],
		["5,000 maps in a rule", (path) => writeFileSync(path, `rules: [${"{a: ".repeat(5000)}1${"}".repeat(5000)}]`)],
		["bytes that are no text", (path) => writeFileSync(path, Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xc3, 0x28]))],
		["a glob of 70,000 letters", (path) => writeFileSync(path, `protect: [${"a".repeat(70_000)}]`)],
		[
			"everything allowed",
			(path) =>
				writeFileSync(path, 'free: [file_read]\nrules: [{ id: a, effect: allow, tool: file_write, path: "**" }]'),
		],
	];
	test.each(KINDS)("%s", async (_, make) => {
		const place = makePlace({}, GOOD);
		const { gate, policy, close } = await openTestGate(place);
		mkdirSync(join(place.workspace, ".countersign"), { recursive: true });
		const path = join(place.workspace, ".countersign/policy.yaml");
		rmSync(path, { force: true });
		make(path);
		let slowest = 0;
		let last = worked();
		const pulse = setInterval(() => {
			slowest = Math.max(slowest, worked() - last);
			last = worked();
		}, 10);
		await policy.refresh();
		await new Promise((done) => setTimeout(done, 20));
		clearInterval(pulse);
		expect(slowest).toBeLessThan(1500);
		await holdsGood(gate);
		await close();
		const again = await openTestGate(place);
		await holdsGood(again.gate);
		await again.close();
	});
});

type Good = Extract<ParsedPolicy, { policy: unknown }>;

/** Not a word of it throws when it is asked, and what does not loosen has no rule that the first one has not. */
function judged({ policy: first }: Good, { policy }: Good): number {
	for (const { covers } of policy.allows) {
		covers({ tool: "file_write", paths: ["/ws/docs/a.md"] });
		covers({ tool: "api_call", method: "GET", origin: "https://example.com" });
		covers({ tool: "shell_execute", argv: ["make"], cwd: "/ws" });
	}
	if (loosenings(first, policy).length === 0) expect(policy.allows.length).toBeLessThanOrEqual(first.allows.length);
	return 1;
}

function told([error]: readonly PolicyError[]): number {
	expect(error?.line).toBeGreaterThan(0);
	expect(error?.remedy).not.toBe("");
	return 1;
}

describe("a policy that is mutated at random", () => {
	const PIECES = [
		...[
			"&a ",
			"*a",
			"!!set ",
			"!x ",
			"---\n",
			"%YAML 1.1\n---\n",
			"? ",
			": ",
			"- ",
			"[",
			"]",
			"{",
			"}",
			"|",
			">",
			"\t",
			"\n",
			"  ",
		],
		...[
			"'",
			'"',
			"#",
			"~",
			"null",
			"true",
			"allow",
			"deny",
			"ask",
			"file_write",
			"**",
			"*",
			"/",
			"\\",
			"\u0000",
			"\ufeff",
			"\u2028",
		],
		...[
			"__proto__: {}",
			"<<: *a",
			"effect: allow",
			'path: "**"',
			"times: 1",
			"paused: true",
			"2026-12-01",
			"free: [file_read]",
		],
	];
	const mutate = (random: () => number, text: string): string => {
		const at = Math.floor(random() * text.length);
		const length = Math.floor(random() * random() * 40);
		const lines = text.split("\n");
		return pick(random, [
			() => text.slice(0, at) + pick(random, PIECES) + text.slice(at),
			() => text.slice(0, at) + text.slice(at + length),
			() => text.slice(0, at) + text.slice(at, at + length).repeat(3) + text.slice(at + length),
			() => text.slice(0, at) + String.fromCharCode(Math.floor(random() * 256)) + text.slice(at + 1),
			() => [...lines, pick(random, lines)].join("\n"),
			() => lines.filter(() => random() > 0.1).join("\n"),
			() => Buffer.from(Array.from({ length }, () => Math.floor(random() * 256))).toString("latin1"),
		])();
	};

	test("never throws, never takes long, says where it is wrong, and allows nothing more where it says that it does not", () => {
		const random = seeded(20_261_125);
		const first = parsePolicy(GOOD, "/ws") as Good;
		let [good, bad] = [0, 0];
		let text = GOOD;
		for (let round = 0; round < 2500; round++) {
			text = mutate(random, round % 5 === 0 || text.length > 4000 ? GOOD : text);
			const from = worked();
			const user = parsePolicy(text, "/ws");
			const theirs = parsePolicy(text, "/ws", "repository");
			expect(worked() - from).toBeLessThan(1000);
			if ("policy" in theirs) expect([theirs.policy.allows, theirs.policy.roots]).toEqual([[], []]);
			if ("policy" in user) good += judged(first, user);
			else bad += told(user.errors);
		}
		expect(Math.min(good, bad)).toBeGreaterThan(100);
	});
});

test("a policy that cannot be read any more lets no rule pass, and holds again when it can", async () => {
	const place = makePlace({}, GOOD);
	const path = join(place.home, "policy.yaml");
	const { gate, policy, close } = await openTestGate(place);
	rmSync(path);
	symlinkSync("policy.yaml", path);
	expect(await statusOf(gate, write("docs/a.md"))).toBe("waiting");
	expect(await statusOf(gate, write("db/a"))).toBe("denied");
	rmSync(path);
	writeFileSync(path, GOOD);
	await holdsGood(gate);
	await policy.pause(alice);
	expect(await statusOf(gate, { tool: "log_write", text: "" })).toBe("waiting");
	await close();
});

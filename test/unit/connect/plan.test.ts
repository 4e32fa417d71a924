import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import type { AgentSetup } from "../../../src/adapters/agentSetup.ts";
import { SETUPS } from "../../../src/adapters/setups.ts";
import { carryOut, MovedOn } from "../../../src/connect/carryOut.ts";
import { connectedAt } from "../../../src/connect/connected.ts";
import { nameOf } from "../../../src/connect/names.ts";
import { isChange, planToConnect, planToDisconnect, Refusal, type Spot } from "../../../src/connect/plan.ts";
import { readConnections } from "../../../src/store/agentFiles.ts";
import { realDisk } from "../../../src/store/disk.ts";
import { homeAt } from "../../../src/store/home.ts";
import { tempDir } from "../../support/tempDir.ts";

/** A folder, a person's home and a COUNTERSIGN_HOME of their own. */
function makePlace(files: Readonly<Record<string, string | Uint8Array>> = {}) {
	const root = tempDir("connect-");
	const [workspace, user] = [join(root, "workspace"), join(root, "user")];
	for (const [name, content] of Object.entries(files)) {
		mkdirSync(dirname(join(workspace, name)), { recursive: true });
		writeFileSync(join(workspace, name), content);
	}
	vi.stubEnv("HOME", user);
	const spot: Spot = { scope: "project", workspace };
	return { spot, home: homeAt(join(root, "countersign")), read: (name: string) => readFileSync(join(workspace, name)) };
}

beforeEach(() => {
	for (const name of ["CODEX_HOME", "CLAUDE_CONFIG_DIR", "XDG_CONFIG_HOME", "GEMINI_CLI_HOME", "QWEN_HOME"])
		vi.stubEnv(name, "");
	return () => vi.unstubAllEnvs();
});

const setupOf = (agent: string) => SETUPS.find((setup) => setup.agent === agent) as AgentSetup;
const claude = setupOf("claude-code");
const SETTINGS = ".claude/settings.local.json";

test("a plan writes nothing, and what it says is what is written", async () => {
	for (const setup of SETUPS.filter(({ agent }) => agent !== "codex")) {
		const { spot, home } = makePlace();
		const plan = await planToConnect(realDisk, home, setup, spot);
		expect(plan.files.filter(({ path }) => existsSync(path))).toEqual([]);
		expect([existsSync(home.root), await connectedAt(realDisk, home, setup, spot)]).toEqual([false, "no"]);
		const written = await carryOut(realDisk, home, plan, 0);
		expect(written.map(({ path }) => path)).toEqual(plan.files.map(({ path }) => path));
		for (const { path, after, isProgram } of plan.files) {
			expect(readFileSync(path, "utf8")).toBe(after);
			expect(statSync(path).mode & 0o777).toBe(isProgram ? 0o755 : 0o600);
		}
		expect(await connectedAt(realDisk, home, setup, spot)).toBe("yes");
		expect((await planToConnect(realDisk, home, setup, spot)).files.filter(isChange)).toEqual([]);
		expect(await readConnections(realDisk, home)).toMatchObject([{ agent: setup.agent, file: plan.main.path }]);

		await carryOut(realDisk, home, await planToDisconnect(realDisk, home, setup, spot), 0);
		expect(await connectedAt(realDisk, home, setup, spot)).toBe("no");
		expect(await readConnections(realDisk, home)).toEqual([]);
	}
});

test("a file that changed, came or went since the plan stops all of it before anything is written", async () => {
	for (const [before, now] of [
		["{}\n", "{ }\n"],
		[undefined, "{}\n"],
		["{}\n", "\ud800"],
	]) {
		const { spot, home, read } = makePlace(before === undefined ? {} : { [SETTINGS]: before });
		const plan = await planToConnect(realDisk, home, claude, spot);
		mkdirSync(dirname(plan.main.path), { recursive: true });
		writeFileSync(plan.main.path, now ?? "");
		await expect(carryOut(realDisk, home, plan, 0)).rejects.toThrow(MovedOn);
		expect(read(SETTINGS)).toEqual(Buffer.from(now ?? ""));
		expect(await readConnections(realDisk, home)).toEqual([]);
	}

	const { spot, home } = makePlace();
	const plan = await planToConnect(realDisk, home, setupOf("cline"), spot);
	const second = plan.files[1]?.path ?? "";
	mkdirSync(dirname(second), { recursive: true });
	writeFileSync(second, "mine");
	await expect(carryOut(realDisk, home, plan, 0)).rejects.toThrow(second);
	expect(existsSync(plan.main.path)).toBe(false);
});

test("a refusal names the file, what is wrong with it, and the line", async () => {
	const refusal = async (content: string | Uint8Array) => {
		const { spot, home } = makePlace({ [SETTINGS]: content });
		const error = await planToConnect(realDisk, home, claude, spot).catch((thrown) => thrown);
		expect(error).toBeInstanceOf(Refusal);
		expect(error.path).toBe(join(spot.workspace, SETTINGS));
		expect(error.message).toBe(`${error.path}: ${error.why}`);
		return [error.line, error.why, await connectedAt(realDisk, home, claude, spot)];
	};
	expect(await refusal('{\n\n// mine\n"a": 1 }')).toEqual([3, expect.stringMatching(/^line 3 holds a comment/), "no"]);
	expect(await refusal('{\n"hooks": 5 }')).toEqual([2, expect.stringContaining("not an object"), "unclear"]);
	expect(await refusal(Buffer.from('{"a": "gr\xf6\xdfer"}', "latin1"))).toEqual([
		undefined,
		expect.stringContaining("not text in UTF-8"),
		"unclear",
	]);
});

test("what cannot be written to its end says what was written before", async () => {
	const { spot, home } = makePlace();
	const plan = await planToConnect(realDisk, home, setupOf("cline"), spot);
	const second = plan.files[1]?.path ?? "";
	const disk = {
		...realDisk,
		rename: (from: string, to: string) =>
			to === second ? Promise.reject(new Error("full")) : realDisk.rename(from, to),
	};
	await expect(carryOut(disk, home, plan, 0)).rejects.toThrow(`full (Written before that: ${plan.main.path}.)`);
});

test("every agent has a name that people call it by", () => {
	for (const setup of SETUPS) expect(nameOf(setup)).toMatch(/^[A-Z]/);
});

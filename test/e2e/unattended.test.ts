import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
	chmodSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	realpathSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { GateClient } from "../../src/endpoint/client.ts";
import { findDiscovery } from "../../src/store/discovery.ts";
import { homeAt } from "../../src/store/home.ts";
import { connectAgent, submit } from "../support/agent.ts";
import { docBlocks } from "../support/docBlocks.ts";
import { CLI, countersign, GateProcess, journalOf, makePlace, type Place } from "../support/gateProcess.ts";
import { HOOK_KINDS, installHook, recordedPayload } from "../support/hookProcess.ts";
import { atExit, tempDir } from "../support/tempDir.ts";

const [UNIT = ""] = docBlocks("serve.md", "ini");

/** A person's home as the unit knows it: %h. */
async function makeHome(): Promise<{ home: string; place: Place }> {
	const home = realpathSync(tempDir("person-"));
	const place = {
		workspace: join(home, "project"),
		home: join(home, ".countersign"),
		environment: { ...process.env, HOME: home, COUNTERSIGN_HOME: "", COUNTERSIGN_ENDPOINT: "" },
	};
	mkdirSync(place.workspace);
	await installHook(place);
	return { home, place };
}

/** What the unit says, `%h` resolved. */
const unitValue = (name: string, home: string) =>
	new RegExp(`^${name}=(.*)$`, "m").exec(UNIT)?.[1]?.replaceAll("%h", home) ?? "";

/** Resolves with whatever it finds. */
async function until<T>(find: () => T | undefined, ms = 30_000): Promise<T> {
	for (const end = Date.now() + ms; Date.now() < end; await new Promise((done) => setTimeout(done, 50))) {
		const found = find();
		if (found !== undefined) return found;
	}
	throw new Error(`It did not come about: ${find}`);
}

test("the unit of docs/serve.md starts a gate, and its signal ends it in order with what waits kept", async () => {
	const { home, place } = await makeHome();
	const [program = "", ...args] = unitValue("ExecStart", home).split(" ");
	const signal = unitValue("KillSignal", home) as NodeJS.Signals;
	expect(unitValue("StandardInput", home)).toBe("null");
	for (const round of [1, 2]) {
		const service = spawn(program, args, { env: place.environment, cwd: "/", stdio: ["ignore", "ignore", "pipe"] });
		atExit(() => service.kill("SIGKILL"));
		let warnings = "";
		service.stderr.on("data", (chunk) => {
			warnings += chunk;
		});
		const ended = new Promise((done) => service.once("exit", (code, by) => done([code, by])));
		const discovery = await until(() => findDiscovery(homeAt(place.home), place.workspace, ""));
		const client = await GateClient.connect(discovery, { agent: { name: "night-agent" }, session: { id: "s" } });
		submit(client, "kept", { tool: "file_write", path: "a.txt", content: "new\n" }).catch(() => undefined);
		await until(() => (countedWaiting(place) === 1 ? true : undefined));
		service.kill(signal);
		expect(await ended, `round ${round}`).toEqual([0, null]);
		expect(warnings).toBe("");
		client.close();
	}
	expect((await countersign(place, ["verify"])).code).toBe(0);
	expect((await journalOf(place)).filter(({ type }) => type === "REQUEST")).toHaveLength(1);
	expect(existsSync(join(place.workspace, "a.txt"))).toBe(false);
});

function countedWaiting(place: Place): number {
	const args = [CLI, "pending", "--json", "--workspace", place.workspace];
	const { stdout } = spawnSync(process.execPath, args, { env: place.environment, encoding: "utf8" });
	return stdout.trim() === "" ? 0 : stdout.trim().split("\n").length;
}

const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;
test.skipIf(!hasSystemd)("the unit of docs/serve.md has no key that systemd does not know", async () => {
	const { home } = await makeHome();
	const unit = join(home, "countersign.service");
	writeFileSync(unit, UNIT);
	const environment = { ...process.env, HOME: home, XDG_RUNTIME_DIR: home };
	const run = () => spawnSync("systemd-analyze", ["--user", "verify", unit], { env: environment, encoding: "utf8" });
	expect(run()).toMatchObject({ status: 0, stderr: "" });
	writeFileSync(unit, UNIT.replace("LimitCORE", "LimitCOR"));
	expect(run().stderr).toContain("LimitCOR");
});

/** Root makes namespaces as it is; whoever is not becomes the root of its own. */
const NAMESPACES = [...(process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"]), "--mount", "--pid", "--fork"];
const hasNamespaces = spawnSync("unshare", [...NAMESPACES, "--mount-proc", "true"]).status === 0;

/** Of the agent's container in docs/serve.md: folders below the gate's home, and how they are mounted. */
function mountsOfAgent(): { folder: string; mode: string }[] {
	const [, commands = ""] = docBlocks("serve.md", "sh");
	const [, agent = ""] = commands.split("docker run --rm");
	expect(agent).toContain('-v "$HOME/project:/project"');
	const found = [...agent.matchAll(/-v "\$HOME\/gate\/(\S+):\/gate\/(\S+):(\w+)"/g)];
	for (const [, from, to] of found) expect(from).toBe(to);
	expect(agent.match(/\/gate/g)).toHaveLength(found.length * 2);
	return found.map(([, folder = "", , mode = ""]) => ({ folder, mode }));
}

/** A shell that sees the machine as the agent's container does: the same user without capabilities, and those mounts. */
function inContainer(
	place: Place,
	script: string,
): ChildProcess & { said: Promise<{ code: number | null; text: string }> } {
	const stash = tempDir("stash-");
	const at = (folder: string) => `'${join(place.home, folder)}'`;
	const mounts = mountsOfAgent();
	const lines = [
		"set -e",
		...mounts.map(({ folder }) => `mkdir '${stash}/${folder}'; mount --bind ${at(folder)} '${stash}/${folder}'`),
		`mount -t tmpfs -o mode=755 none '${place.home}'`,
		...mounts.flatMap(({ folder, mode }) => [
			`mkdir ${at(folder)}; mount --bind '${stash}/${folder}' ${at(folder)}; umount '${stash}/${folder}'`,
			`mount -o remount,bind,${mode} ${at(folder)}`,
		]),
		// Docker makes it, as root; the agent's user is another one.
		`mount -o remount,ro '${place.home}'`,
		`cd '${place.workspace}'`,
		'exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs sh -c "$0"',
	];
	const child = spawn("unshare", [...NAMESPACES, "--mount-proc", "sh", "-c", lines.join("\n"), script], {
		env: { PATH: HOOK_KINDS[0]?.path, HOME: place.workspace, COUNTERSIGN_HOME: place.home },
	});
	atExit(() => child.kill("SIGKILL"));
	let text = "";
	for (const stream of [child.stdout, child.stderr])
		stream.on("data", (chunk) => {
			text += chunk;
		});
	const said = new Promise<{ code: number | null; text: string }>((done) =>
		child.once("close", (code) => done({ code, text })),
	);
	return Object.assign(child, { said });
}

test.skipIf(!hasNamespaces)(
	"an agent that sees what docs/serve.md mounts asks the gate, and reads and changes nothing else of it",
	async () => {
		const place = makePlace({ "a.txt": "old\n" });
		await installHook(place);
		const gate = await GateProcess.start(place);
		const before = readdirSync(place.home);
		expect(before).toEqual(expect.arrayContaining(["keys", "journal", "heads", "policy.yaml"]));
		const { home } = place;
		const look = inContainer(
			place,
			`ls ${home}; cat ${home}/keys/* ; touch ${home}/run/x || echo read-only run; touch ${home}/bin/countersign-hook || echo read-only bin; touch ${home}/policy.yaml || echo no policy; kill -TERM ${gate.process.pid} || echo no such gate; umount ${home}/run || echo no umount`,
		);
		const { text } = await look.said;
		expect(text).toMatch(/^bin\nrun\n/);
		for (const refused of ["read-only run", "read-only bin", "no policy", "no such gate", "no umount"])
			expect(text).toContain(refused);
		expect(text).toMatch(/keys.*No such file/);

		const payload = await recordedPayload(place, "PreToolUse-Write", {
			tool_input: { file_path: join(place.workspace, "new.txt"), content: "new\n" },
		});
		const hook = inContainer(place, `exec ${home}/bin/countersign-hook claude-code 60`);
		hook.stdin?.end(payload);
		const { id } = await gate.request(/new\.txt/);
		await gate.approve(id);
		expect(await hook.said).toMatchObject({ code: 0, text: expect.stringContaining("allow") });
		expect(readdirSync(home)).toEqual(before);
		await gate.stop();
	},
);

test.skipIf(process.getuid?.() !== 0)(
	"another user of the machine neither reads the gate's home nor gets a call past its hook",
	async () => {
		const place = makePlace({ "a.txt": "old\n" });
		await installHook(place);
		chmodSync(dirname(place.workspace), 0o755);
		const gate = await GateProcess.start(place);
		const as = (...argv: string[]) =>
			spawnSync("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", ...argv], {
				cwd: place.workspace,
				env: { PATH: HOOK_KINDS[0]?.path, COUNTERSIGN_ENDPOINT: "" },
				encoding: "utf8",
			});
		for (const path of ["", "keys", "run", "policy.yaml"])
			expect(as("ls", join(place.home, path)).stderr, path).toContain("Permission denied");
		expect(as("curl", "-sS", "--unix-socket", gate.discovery.socket, "http://localhost/health").status).not.toBe(0);

		// Its own copy of the hook, in a home of its own that leads to ours.
		const own = tempDir("own-");
		chmodSync(own, 0o755);
		mkdirSync(join(own, "bin"));
		spawnSync("cp", [join(place.home, "bin/countersign-hook"), join(own, "bin/hook")]);
		chmodSync(join(own, "bin/hook"), 0o755);
		symlinkSync(join(place.home, "run"), join(own, "run"));
		const { status, stderr } = as(join(own, "bin/hook"), "claude-code", "5");
		expect([status, stderr]).toEqual([2, expect.stringContaining("no gate is running")]);
		await gate.stop();
	},
);

test("a home that is lost with its container: a new chain begins, and the old audit file is kept aside", async () => {
	const place = makePlace({ "a.txt": "old\n" });
	const first = await GateProcess.start(place);
	const client = await connectAgent(first);
	submit(client, "1", { tool: "file_write", path: "a.txt", content: "new\n" }).catch(() => undefined);
	await first.request(1);
	await first.stop();
	const audit = join(place.workspace, ".countersign", "audit.jsonl");
	const old = readFileSync(audit, "utf8");
	rmSync(place.home, { recursive: true });

	const second = await GateProcess.start(place);
	expect(second.shown()).toEqual([]);
	await second.stop();
	expect(readFileSync(audit, "utf8")).not.toContain(old.split("\n")[0]);
	const aside = readdirSync(join(place.workspace, ".countersign")).filter((name) => /^audit\..+jsonl/.test(name));
	expect(aside.map((name) => readFileSync(join(place.workspace, ".countersign", name), "utf8"))).toContain(old);
	expect((await countersign(place, ["verify"])).code).toBe(0);
	expect(existsSync(join(place.home, "bin", "countersign-hook"))).toBe(true);
});

test.skipIf(!hasNamespaces)(
	"the lock of a container that was killed is not taken, but named with what to do",
	async () => {
		const place = makePlace();
		const command = [process.execPath, CLI, "serve", "--workspace", place.workspace];
		const container = spawn("unshare", [...NAMESPACES, "--kill-child", "--mount-proc", ...command], {
			env: place.environment,
			stdio: "ignore",
		});
		atExit(() => container.kill("SIGKILL"));
		await until(() => findDiscovery(homeAt(place.home), place.workspace, ""));
		container.kill("SIGKILL");
		const refused = GateProcess.spawn(place);
		expect(await refused.ended).toMatchObject({ code: 2 });
		const [, lock = ""] = /in another container\. If that is gone, remove (\S+)/.exec(refused.stderr) ?? [];
		rmSync(lock);
		await (await GateProcess.start(place)).stop();
	},
);

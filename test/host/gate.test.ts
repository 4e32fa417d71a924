import { deepStrictEqual, ok, strictEqual } from "node:assert";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, it } from "mocha";
import { commands, env, extensions, window, workspace } from "vscode";
import { findDiscovery } from "../../src/store/discovery.ts";
import { homeAt } from "../../src/store/home.ts";
import { until } from "./until.ts";

const folder = () => workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
const gate = () => until(() => findDiscovery(homeAt(), folder(), ""));
/** The program itself, as an agent in a terminal of the folder would call it; the gate answers in this very process. */
function countersign(...args: string[]): Promise<{ code: number; output: string }> {
	const cli = join(extensions.getExtension("countersign.countersign")?.extensionPath ?? "", "dist", "cli.js");
	return new Promise((done) =>
		execFile(process.execPath, [cli, ...args, "--workspace", folder()], (error, stdout, stderr) =>
			done({ code: Number(error?.code ?? 0), output: stdout + stderr }),
		),
	);
}

describe("the window's gate", () => {
	it("has every command that the manifest names", async () => {
		await gate();
		const known = new Set(await commands.getCommands(true));
		const manifest = extensions.getExtension("countersign.countersign")?.packageJSON;
		const named: string[] = manifest.contributes.commands.map(({ command }: { command: string }) => command);
		ok(named.length > 5);
		deepStrictEqual(
			named.filter((name) => !known.has(name)),
			[],
		);
	});

	it("is found by a new terminal, by the path of a private file", async () => {
		const discovery = await gate();
		const out = join(mkdtempSync(join(tmpdir(), "terminal-")), "out.txt");
		const terminal = window.createTerminal({ name: "agent" });
		terminal.sendText(`printenv COUNTERSIGN_ENDPOINT > ${out}`);
		await until(() => (existsSync(out) && readFileSync(out, "utf8")) || undefined);
		const named = JSON.parse(readFileSync(readFileSync(out, "utf8").trim(), "utf8"));
		strictEqual(named.token, discovery.token);
		terminal.dispose();
	});

	it("listens on TCP on this machine, and in a remote window on its socket alone", async () => {
		const { url, socket } = await gate();
		strictEqual(url === null, env.remoteName !== undefined);
		ok(existsSync(socket));
	});

	it("takes a dialog that cannot be shown for no approval", async () => {
		// In this suite the editor refuses every modal dialog.
		const outside = join(realpathSync(mkdtempSync(join(tmpdir(), "outside-"))), "high.txt");
		writeFileSync(outside, "old\n");
		const content = join(tmpdir(), "new.txt");
		writeFileSync(content, "new\n");
		const asked = await countersign(
			"request",
			"file_write",
			"--path",
			outside,
			"--content-file",
			content,
			"--wait-ms",
			"500",
		);
		strictEqual(asked.code, 3, asked.output);
		await commands.executeCommand("countersign.review");
		await until(() => window.visibleTextEditors.find(({ document }) => document.uri.path === outside));
		await pause(2000);
		await commands.executeCommand("countersign.approve");
		await pause(1000);
		ok((await countersign("pending", "--json")).output.includes(outside));
		strictEqual(readFileSync(outside, "utf8"), "old\n");
	});
});

import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { isExecutable } from "../../../src/store/executable.ts";
import { killAll, processesNaming } from "../processes.ts";
import { atExit } from "../tempDir.ts";
import type { Profile } from "../vscode/profile.ts";
import { instructions, packExtension, type Sample } from "./sample.ts";

const isWindows = process.platform === "win32";

/** The `code` of a VS Code that can open a window here, or why there is none. */
export function findDesktop(): { readonly program: string } | { readonly trouble: string } {
	const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
	const program = folders.map((folder) => join(folder, isWindows ? "code.cmd" : "code")).find(isExecutable);
	if (program === undefined) return { trouble: 'there is no "code" on the PATH' };
	// It opens windows of a VS Code on another machine, and heeds no --user-data-dir.
	if (/[\\/]remote-cli[\\/]/.test(program) || process.env.WSL_DISTRO_NAME) {
		return { trouble: `${program} belongs to a VS Code that runs on another system` };
	}
	if (process.platform === "linux" && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) {
		return { trouble: "there is no screen: neither DISPLAY nor WAYLAND_DISPLAY is set" };
	}
	return { program };
}

/** A window of its own VS Code, with the packed extension and nothing of the user's. `ended`: when it was closed. */
export async function openOnDesktop(sample: Sample, program: string): Promise<{ ended: Promise<string> }> {
	const { profile, workspace } = sample;
	const own = ["--user-data-dir", profile.userData, "--extensions-dir", profile.extensions];
	const environment = { ...cleanEnvironment(), COUNTERSIGN_HOME: sample.home.root };
	const options = { env: environment, shell: isWindows };
	const install = [...own, "--install-extension", packExtension(sample), "--force"];
	const { status, stderr } = spawnSync(quoted(program), install.map(quoted), { ...options, encoding: "utf8" });
	if (status !== 0) throw new Error(`${program} did not install the extension. Try: npm start -- --browser\n${stderr}`);
	const asRoot = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
	const quiet = ["--disable-workspace-trust", "--skip-welcome", "--skip-release-notes"];
	const window = [...own, ...quiet, ...asRoot, "--new-window", workspace];
	const child = spawn(quoted(program), window.map(quoted), {
		...options,
		stdio: ["ignore", "ignore", "inherit"],
		detached: !isWindows,
	});
	atExit(() => endEditor(profile, child.pid));
	const failed = new Promise<never>((_, fail) => {
		child.once("error", fail);
		child.once("exit", (code) => {
			if (code !== 0) fail(new Error(`${program} ended with ${code}. Try: npm start -- --browser`));
		});
	});
	console.log(`VS Code opens: ${workspace}\n\n${instructions()}`);
	return { ended: Promise.race([failed, closed(profile)]) };
}

/** The command only starts the editor. It has a process of its own, which says in a file which one. */
function mainProcess({ userData }: Profile): number | undefined {
	try {
		const pid = Number(readFileSync(join(userData, "code.lock"), "utf8"));
		process.kill(pid, 0);
		return pid > 0 ? pid : undefined;
	} catch {
		return undefined;
	}
}

async function closed(profile: Profile): Promise<string> {
	for (let wasThere = false; ; ) {
		const isThere = mainProcess(profile) !== undefined;
		if (wasThere && !isThere) return "VS Code was closed.";
		wasThere = isThere;
		await new Promise((resolve) => setTimeout(resolve, 500));
	}
}

/** At once, and with all that they started: what it could still save is thrown away with its profile. */
function endEditor(profile: Profile, command: number | undefined): void {
	for (const pid of [command, mainProcess(profile)]) {
		try {
			if (pid !== undefined) process.kill(isWindows ? pid : -pid, "SIGKILL");
		} catch {
			// It has ended, or is in the other's group.
		}
	}
	if (process.platform === "linux") killAll(processesNaming(profile.userData));
}

/** Started from a terminal of VS Code, the command would talk to that one. */
function cleanEnvironment(): NodeJS.ProcessEnv {
	return Object.fromEntries(
		Object.entries(process.env).filter(([name]) => !/^(VSCODE_|ELECTRON_|npm_)|^NODE_OPTIONS$/.test(name)),
	);
}

/** The shell of Windows takes the words apart again. */
const quoted = (word: string) => (isWindows ? `"${word}"` : word);

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type Settings = Readonly<Record<string, unknown>>;

/** What keeps a test's window still: nothing saves, opens, asks or updates by itself. */
const quiet: Settings = {
	"chat.disableAIFeatures": true,
	"editor.minimap.enabled": false,
	"extensions.autoCheckUpdates": false,
	"extensions.autoUpdate": false,
	"extensions.ignoreRecommendations": true,
	"files.autoSave": "off",
	"git.openRepositoryInParentFolders": "never",
	"security.workspace.trust.untrustedFiles": "open",
	"telemetry.telemetryLevel": "off",
	"terminal.integrated.initialHint": false,
	"update.showReleaseNotes": false,
	"window.commandCenter": false,
	"workbench.colorTheme": "Default Dark Modern",
	"workbench.enableExperiments": false,
	"workbench.secondarySideBar.defaultVisibility": "hidden",
	"workbench.startupEditor": "none",
	"workbench.tips.enabled": false,
	"workbench.welcomePage.walkthroughs.openOnInstall": false,
};

/** Where one run of the editor keeps what it knows; the user's own editor and Countersign are never seen. */
export interface Profile {
	readonly userData: string;
	readonly extensions: string;
	readonly environment: NodeJS.ProcessEnv;
}

/** @param machine what the machine of a remote window says, whoever's window it is */
export function makeProfile(
	root: string,
	settings: Settings = {},
	machine: Settings = {},
): Profile & { countersignHome: string } {
	const [userData, extensions, home] = [join(root, "user-data"), join(root, "extensions"), join(root, "home")];
	const [user, ofMachine] = [join(userData, "User"), join(userData, "Machine")];
	for (const folder of [user, ofMachine, extensions, home]) mkdirSync(folder, { recursive: true, mode: 0o700 });
	writeFileSync(join(ofMachine, "settings.json"), JSON.stringify(machine));
	writeFileSync(join(user, "settings.json"), JSON.stringify({ ...quiet, ...settings }, null, "\t"));
	const countersignHome = join(home, ".countersign");
	const environment = { ...cleanEnvironment(), HOME: home, COUNTERSIGN_HOME: countersignHome };
	return { userData, extensions, environment, countersignHome };
}

/** Without what belongs to the editor or the test runner that this process was started from. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
	return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isForeign(name)));
}

function isForeign(name: string): boolean {
	if (/^(VSCODE_|VITEST|ELECTRON_|XDG_|npm_)/.test(name)) return true;
	return ["NODE_EXTRA_CA_CERTS", "NODE_OPTIONS", "NODE_ENV", "COUNTERSIGN_ENDPOINT"].includes(name);
}

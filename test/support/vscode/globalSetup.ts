import { spawnSync } from "node:child_process";
import { provisionChromium } from "./chromium.ts";
import { provisionCodeServer } from "./codeServer.ts";

/** Packs what was built, once for all suites. */
export async function setup(): Promise<void> {
	await provisionCodeServer();
	await provisionChromium();
	const { status, stdout, stderr } = spawnSync("npm", ["run", "package", "--ignore-scripts"], { encoding: "utf8" });
	if (status !== 0) throw new Error(`The extension was not packed.\n${stdout}${stderr}`);
}

import { format, parseArgs } from "node:util";
import { tempDir } from "../support/tempDir.ts";
import { launchChromium, provisionChromium } from "../support/vscode/chromium.ts";
import { provisionCodeServer } from "../support/vscode/codeServer.ts";
import { cleanEnvironment } from "../support/vscode/profile.ts";
import { EditorServer } from "../support/vscode/server.ts";
import { addressOf, onProposedApi } from "../support/vscode/workbench.ts";
import { PRINTED } from "./printed.ts";

// Takes the place of the desktop program: the same arguments, the tests' exit code.

const limit = 300_000;

const { values, positionals } = parseArgs({
	allowPositionals: true,
	strict: false,
	options: {
		extensionDevelopmentPath: { type: "string" },
		extensionTestsPath: { type: "string" },
		"user-data-dir": { type: "string" },
		"extensions-dir": { type: "string" },
	},
});

async function main(): Promise<number> {
	const profile = {
		userData: text("user-data-dir"),
		extensions: text("extensions-dir"),
		environment: cleanEnvironment(),
	};
	const server = await EditorServer.start(await provisionCodeServer(), profile, { driver: true });
	const browser = await launchChromium(await provisionChromium());
	try {
		const page = await browser.newPage({ viewport: { width: 1600, height: 900 } });
		const refused: string[] = [];
		onProposedApi(page, (message) => refused.push(message));
		const ended = new Promise<number>((done) => void page.exposeFunction("codeAutomationExit", done));
		await page.exposeFunction("codeAutomationLog", (kind: string, words: unknown[]) => log(kind, words));
		const payload = (["extensionDevelopmentPath", "extensionTestsPath"] as const).map(
			(name) => [name, `vscode-remote://remote${text(name)}`] as const,
		);
		await page.goto(addressOf(server.url, positionals[0] ?? tempDir(), payload));
		const code = await Promise.race([ended, tooLate()]);
		for (const message of refused) console.error(`No published extension may do this: ${message}`);
		return refused.length > 0 ? 1 : code;
	} finally {
		await browser.close();
		await server.stop();
	}
}

function text(name: keyof typeof values): string {
	const value = values[name];
	if (typeof value === "string") return value;
	throw new Error(`--${name} is missing.`);
}

/** The whole log of the window comes by; COUNTERSIGN_LOG=1 shows it. */
function log(kind: string, words: unknown[]): void {
	const line = format(...words);
	if (line.startsWith(PRINTED)) console.log(line.slice(PRINTED.length));
	else if (process.env.COUNTERSIGN_LOG === "1") console.log(`[${kind}] ${line}`);
}

function tooLate(): Promise<number> {
	return new Promise((done) => {
		setTimeout(() => {
			console.error(`The tests did not end within ${limit / 1000} seconds.`);
			done(1);
		}, limit);
	});
}

// Whoever started this was killed: the editor must not stay behind.
const parent = process.ppid;
setInterval(() => {
	if (process.ppid !== parent) process.exit(1);
}, 1000).unref();

void main().then(
	(code) => process.exit(code),
	(error: unknown) => {
		console.error(error);
		process.exit(1);
	},
);

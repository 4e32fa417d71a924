import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { type Browser, chromium } from "playwright-core";
import { type CacheItem, provision } from "../cache.ts";

const run = promisify(execFile);
const ownRequire = createRequire(join(process.cwd(), "package.json"));

/** Chromium as its package ships it. Where that does not start, the machine's own is taken. */
export async function provisionChromium(): Promise<string> {
	for (const name of ["/usr/bin/chromium", "/usr/bin/google-chrome"]) {
		if (process.arch !== "x64" && existsSync(name)) return name;
	}
	return await provision(shipped());
}

/** Only this machine can be reached: a test must not depend on the network, nor tell it anything. */
export async function launchChromium(program: string): Promise<Browser> {
	return await chromium.launch({
		executablePath: program,
		args: [
			...["--headless", "--no-sandbox", "--no-zygote", "--disable-webgl", "--font-render-hinting=none"],
			"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
		],
	});
}

function shipped(): CacheItem {
	const entry = ownRequire.resolve("@sparticuz/chromium");
	const { version } = JSON.parse(readFileSync(join(dirname(entry), "..", "..", "package.json"), "utf8"));
	const program = (folder: string) => join(folder, "chromium");
	const install = async (folder: string) => {
		// The package unpacks itself into the temporary folder of its process.
		const unpack = `require(${JSON.stringify(entry)}).executablePath()`;
		await run(process.execPath, ["-e", unpack], { env: { ...process.env, TMPDIR: folder } });
		await run(program(folder), ["--version", "--headless", "--no-sandbox"]);
	};
	return { name: "@sparticuz/chromium", version, program, install };
}

import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { errnoOf } from "../../../src/base/errors.ts";
import { hasCodeServer, provisionCodeServer } from "../vscode/codeServer.ts";
import { EditorServer, installExtension } from "../vscode/server.ts";
import { addressOf } from "../vscode/workbench.ts";
import { UsageError } from "./options.ts";
import { instructions, PROJECT, packExtension, type Sample } from "./sample.ts";
import { installing } from "./signals.ts";

const HEADLESS = "or do without an editor: npm start -- --headless";

/** VS Code's server with the packed extension. Resolves when it runs; `ended` rejects when it does no more. */
export async function openInBrowser(sample: Sample, port: number): Promise<{ ended: Promise<never> }> {
	await requireFree(port);
	if (process.platform !== "linux") {
		throw new UsageError(
			`The VS Code for a browser runs on Linux only. Install VS Code, put its command "code" on the PATH, ${HEADLESS}`,
		);
	}
	const program = await provisioned();
	await installExtension(program, sample.profile, packExtension(sample));
	// Whoever reaches the port has a terminal of this user: other users of the machine must not.
	const token = randomBytes(16).toString("hex");
	const tokenFile = join(sample.profile.userData, "token");
	writeFileSync(tokenFile, token, { mode: 0o600 });
	const server = await EditorServer.start(program, sample.profile, { port, tokenFile });
	const address = new URL(addressOf(server.url, sample.workspace));
	address.searchParams.set("tkn", token);
	console.log(`Open this address in a browser; it is for you alone:\n\n  ${address.href}\n\n${instructions()}`);
	const trouble = new Error("The editor's server ended by itself. Start again: npm start");
	return { ended: server.ended().then(() => Promise.reject(trouble)) };
}

async function provisioned() {
	if (!hasCodeServer()) {
		console.log("Installing VS Code from the npm registry. It takes a minute or two, once per machine.");
		const setup = [join(PROJECT, "test", "support", "setup.cjs"), "--editor"];
		const { status } = spawnSync(process.execPath, setup, { stdio: ["ignore", "inherit", "inherit"] });
		if (status !== 0) throw new Error(`VS Code cannot be installed like this. Do what is said above, ${HEADLESS}`);
	}
	return await installing(provisionCodeServer());
}

/** @throws UsageError when the port cannot be had: the editor would only say that it did not start */
async function requireFree(port: number): Promise<void> {
	const server = createServer();
	try {
		await new Promise<void>((done, fail) => server.once("error", fail).listen(port, "127.0.0.1", done));
	} catch (error) {
		const why = errnoOf(error) === "EADDRINUSE" ? "is in use" : `cannot be had (${errnoOf(error)})`;
		throw new UsageError(`Port ${port} of 127.0.0.1 ${why}. Give another one, or leave --port out for a free one.`);
	}
	await new Promise((done) => server.close(done));
}

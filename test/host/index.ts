import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "node:util";
import Mocha from "mocha";
import { PRINTED } from "./printed.ts";

/** Called in the extension host. Rejects when a test failed: the editor then ends with 1. */
export async function run(): Promise<void> {
	const { COUNTERSIGN_GREP: grep, COUNTERSIGN_REPORT: report } = process.env;
	Mocha.reporters.Base.consoleLog = (...words) => console.log(PRINTED + format(...words));
	const mocha = new Mocha({ timeout: 30_000, color: false, ...(grep ? { grep } : {}) });
	for (const name of readdirSync(__dirname).filter((file) => file.endsWith(".test.js"))) {
		mocha.addFile(join(__dirname, name));
	}
	const failures = await new Promise<number>((done) => {
		const runner = mocha.run(done);
		runner.once("end", () => {
			const { passes = 0, failures: failed = 0, pending = 0 } = runner.stats ?? {};
			if (report) writeFileSync(report, JSON.stringify({ passed: passes, failed, skipped: pending }));
		});
	});
	if (failures > 0) throw new Error(`${failures} of the tests failed.`);
}

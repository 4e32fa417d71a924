// npm test: types, lint, build, unit, e2e, in the editor (host), at its window (ui); then where the time went, and the count.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const long = process.argv.includes("--long");
const reports = mkdtempSync(join(tmpdir(), "countersign-report-"));
const bin = (name) => join("node_modules", ".bin", name);
const environment = { ...process.env, COUNTERSIGN_LONG: long ? "1" : "" };
// It makes every start of Node 20 slower by half, and nothing here leaves the machine.
delete environment.NODE_EXTRA_CA_CERTS;

/** Nothing may hang for ever; the long run has steps of an hour. */
const limit = (long ? 120 : 50) * 60_000;
const rows = [];
const failures = [];

function step(name, command, args, env = environment) {
	console.log(`\n== ${name}`);
	const from = Date.now();
	const { status } = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"], env, timeout: limit });
	rows.push({
		name,
		seconds: (Date.now() - from) / 1000,
		passed: status === 0 ? 1 : 0,
		failed: status === 0 ? 0 : 1,
		skipped: 0,
	});
	return status === 0;
}

/**
 * Counts tests, not files; a run that ended without a report is one failure. `workers`: files at once, where most of them
 * wait for a disk, a clock or another process.
 */
function suite(name, workers = 1) {
	const report = join(reports, `${name}.json`);
	const ok = step(name, bin("vitest"), [
		"run",
		"--project",
		name,
		`--maxWorkers=${workers}`,
		"--reporter=default",
		"--reporter=json",
		`--outputFile.json=${report}`,
	]);
	if (!existsSync(report)) return;
	const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
		readFileSync(report, "utf8"),
	);
	count({ passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests }, ok);
	for (const file of testResults) {
		if (file.status === "failed" && file.message) failures.push(failure(name, file.name, file.message));
		for (const { status, fullName, failureMessages } of file.assertionResults)
			if (status === "failed") failures.push(failure(name, `${file.name}: ${fullName}`, failureMessages.join("\n")));
	}
}

/** Which test, and the first lines of why: whoever sees only the end of a long run needs no second one to know. */
function failure(suiteName, test, message) {
	const why = message.split("\n").slice(0, 4).join("\n    ").slice(0, 600);
	return `${suiteName} ${test.replace(`${process.cwd()}/`, "")}\n    ${why}`;
}

/** The suites that run inside the editor. */
function hostSuite() {
	const report = join(reports, "host.json");
	const ok = step("host", process.execPath, ["dist/host/run.js", "--report", report]);
	if (existsSync(report)) count(JSON.parse(readFileSync(report, "utf8")), ok);
}

function count({ passed, failed, skipped }, ok) {
	Object.assign(rows[rows.length - 1], { passed, failed: failed === 0 && !ok ? 1 : failed, skipped });
}

step("types", bin("tsc"), ["-p", "."]);
step("lint", bin("biome"), ["check", "--error-on-warnings", "."]);
step("dead code", bin("knip"), []);
if (step("build", process.execPath, ["esbuild.mjs", "--quiet"])) {
	suite("unit", 3);
	// With the environment as it is: downloads may need what the tests must not have.
	const isReady = step("downloads", process.execPath, ["dist/host/provision.js"], process.env);
	suite("e2e", 2);
	if (isReady) {
		hostSuite();
		suite("ui");
	}
}
rmSync(reports, { recursive: true, force: true });

for (const each of failures.slice(0, 40)) console.log(`\n${each}`);
if (failures.length > 40) console.log(`\nand ${failures.length - 40} more, above`);

const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
console.log(
	`\n${"".padEnd(12)}${"seconds".padStart(9)}${"passed".padStart(9)}${"failed".padStart(9)}${"skipped".padStart(9)}`,
);
for (const { name, seconds, passed, failed, skipped } of rows) {
	console.log(
		name.padEnd(12) + [seconds.toFixed(1), passed, failed, skipped].map((value) => String(value).padStart(9)).join(""),
	);
}
console.log(
	`\n${sum("passed")} passed, ${sum("failed")} failed${sum("skipped") > 0 ? `, ${sum("skipped")} skipped` : ""}`,
);
process.exitCode = sum("failed") === 0 ? 0 : 1;

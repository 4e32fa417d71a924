// Runs before npm start, test, build and bench, with nothing installed yet: makes a clean clone ready.
// With --editor, when npm start finds that it has to build an editor's server: also what that takes.
const { spawnSync } = require("node:child_process");
const { existsSync, statSync } = require("node:fs");
const { join } = require("node:path");

const root = join(__dirname, "..", "..");
const installed = join(root, "node_modules", ".package-lock.json");
const lock = join(root, "package-lock.json");

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 12)) {
	console.error(`Countersign needs Node 20.12 or newer; this is ${process.version}.`);
	process.exit(1);
}

function run(command, args) {
	const result = spawnSync(command, args, {
		cwd: root,
		stdio: ["ignore", "inherit", "inherit"],
		shell: process.platform === "win32",
	});
	if (result.status !== 0) {
		console.error(`${command} ${args.join(" ")} failed; run it by hand to see why.`);
		process.exit(1);
	}
}

if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs)
	run("npm", ["ci", "--no-audit", "--no-fund"]);

const isTest = /^pretest/.test(process.env.npm_lifecycle_event ?? "");
const needsEditor = isTest || process.argv.includes("--editor");
const missing = process.platform === "linux" ? [...missingPrograms(), ...missingLibraries()] : [];
if (missing.length > 0 && process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
	run("apt-get", ["update", "-qq"]);
	run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...missing]);
} else if (missing.length > 0) {
	console.error(`These packages are missing and are needed here: ${missing.join(", ")}. Install them and try again.`);
	process.exit(1);
}

/** The installed hook is sh and curl; its tests need the real one. The editor's server is partly built on the spot. */
function missingPrograms() {
	const needed = ["curl", ...(isTest ? ["git", "tmux"] : []), ...(needsEditor ? ["python3", "make", "g++"] : [])];
	return needed.filter((program) => spawnSync("sh", ["-c", `command -v ${program}`]).status !== 0);
}

/** What the browser that shows the editor loads: its package brings the rest. */
function missingLibraries() {
	if (!isTest) return [];
	const { stdout } = spawnSync("/sbin/ldconfig", ["-p"], { encoding: "utf8" });
	const packages = { "libnss3.so": "libnss3", "libnspr4.so": "libnspr4", "libexpat.so.1": "libexpat1" };
	const missing = Object.keys(packages).filter((library) => !`${stdout}`.includes(library));
	const fonts = existsSync("/usr/share/fonts/truetype") ? [] : ["fonts-dejavu-core"];
	return [...missing.map((library) => packages[library]), ...fonts];
}

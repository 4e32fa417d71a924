import { execFileSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { afterScript, beforeScript } from "../../../../src/adapters/cline/script.ts";
import { tempDir } from "../../../support/tempDir.ts";

/** What Cline would read from the script, with another one in the place of our program. */
function run(makeScript: (program: string) => string, program: string): { text: string; folder: string } {
	const folder = tempDir("cline-");
	const path = join(folder, "it's a hook");
	if (program !== "") {
		writeFileSync(path, `#!/bin/sh\n${program}\n`);
		chmodSync(path, 0o755);
	}
	const file = join(folder, "PreToolUse.sh");
	writeFileSync(file, makeScript(path));
	return { text: execFileSync("sh", [file], { cwd: folder, input: "{}", encoding: "utf8" }), folder };
}
const before = (program: string) => run((path) => beforeScript(path, 5), program).text;

test.each([
	["an allow", `printf '{"cancel":false}\\n'`, { cancel: false }],
	[
		"an allow with a new input",
		`printf '{"cancel":false,"overrideInput":{"a":"\\\\n"}}\\n'`,
		{ cancel: false, overrideInput: { a: "\n" } },
	],
	[
		"a denial",
		`printf '{"cancel":true,"errorMessage":"no"}\\n'; echo no >&2; exit 2`,
		{ cancel: true, errorMessage: "no" },
	],
])("%s is passed on", (_, program, answer) => expect(JSON.parse(before(program))).toEqual(answer));

test.each([
	["is not there", "", "not found"],
	["is killed", "kill -9 $$", "Countersign gave no answer"],
	["says nothing", "exit 0", "Countersign gave no answer"],
	["says half of it", `printf '{"cancel":fal'`, "cancel"],
	["allows and then fails", `printf '{"cancel":false}\\n'; exit 1`, "cancel"],
	["allows with the exit of a denial", `printf '{"cancel":false}\\n'; exit 2`, "cancel"],
	[
		"finds no gate",
		`printf '%s\\n' 'Countersign: no gate is running for "/a\\b".' >&2; exit 2`,
		'no gate is running for "/a\\b".',
	],
	["says what is no text for JSON", `printf 'a\\tb\\033[31m\\n' >&2; exit 2`, "ab[31m"],
])("whatever our program does, Cline gets a complete cancel: it %s", (_, program, why) => {
	expect(JSON.parse(before(program))).toEqual({ cancel: true, errorMessage: expect.stringContaining(why) });
});

test("a report prints an empty answer, whatever our program does", () => {
	for (const program of ["", "exit 2", "echo '{\"cancel\":true}'"]) {
		expect(JSON.parse(run(afterScript, program).text)).toEqual({});
	}
});

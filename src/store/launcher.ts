import { existsSync } from "node:fs";
import { join } from "node:path";
import { shellQuote, shellUnquote } from "../base/shellQuote.ts";
import { replaceFile } from "./atomicFile.ts";
import type { Disk } from "./disk.ts";
import { isExecutable } from "./executable.ts";
import { type Home, openHome } from "./home.ts";
import { noteLaid } from "./laidPrograms.ts";

/** The place that agents' configurations name: it stays the same when Countersign is updated or moves. */
export const hookProgram = (home: Home) => join(home.bin, "countersign-hook");

/**
 * Lays the stable programs: `countersign`, which finds a Node and this version's cli.js, and the hook with its fallback,
 * which need nothing else. In a desktop editor `node` is the editor's own program: it is one only when it is told to be.
 * @param dist folder of cli.js, hook.sh and hook.cjs
 */
export async function layPrograms(disk: Disk, home: Home, dist: string, node = process.execPath): Promise<void> {
	await openHome(disk, home);
	const cli = join(dist, "cli.js");
	if (!existsSync(join(dist, "hook.sh"))) throw new Error(`${dist} is not a built Countersign. Run: npm run build`);
	const launcher = `#!/bin/sh
node=${shellQuote(node)}
cli=${shellQuote(cli)}
[ -x "$node" ] || node=$(command -v node) || { echo "Countersign: Node was not found. Install Node 20 or newer." >&2; exit 2; }
[ -f "$cli" ] || { echo "Countersign: $cli is gone. Start the editor, or run countersign connect again." >&2; exit 2; }
export ELECTRON_RUN_AS_NODE=1
exec "$node" "$cli" "$@"
`;
	const programs = { node, curl: findCurl() ?? "" };
	const hook = hookText(await disk.readText(join(dist, "hook.sh")), programs);
	const fallback = await disk.readText(join(dist, "hook.cjs"));
	await layIfOther(disk, join(home.bin, "hook.cjs"), fallback, 0o600);
	await layIfOther(disk, hookProgram(home), hook, 0o700);
	await layIfOther(disk, join(home.bin, "countersign"), launcher, 0o700);
	await noteLaid(disk, home, { "hook.cjs": fallback, "countersign-hook": hook, countersign: launcher });
}

/** The programs that a laid hook asks by. "": there was none. */
interface HookPrograms {
	readonly node: string;
	readonly curl: string;
}

const hookText = (template: string, { node, curl }: HookPrograms): string =>
	template.replace("@CURL@", () => shellQuote(curl)).replace("@NODE@", () => shellQuote(node));

/** By which programs a hook asks that was laid from this template; undefined when it is anything else. */
export function laidWith(text: string, template: string): HookPrograms | undefined {
	const read = (name: string) => shellUnquote(new RegExp(`^\\t?${name}=('.*')$`, "m").exec(text)?.[1] ?? "");
	const programs = { node: read("node"), curl: read("curl") };
	return text === hookText(template, programs) ? programs : undefined;
}

/** Where systems keep it. Not what PATH says: that may begin with a folder that an agent writes to. */
const CURLS = [
	"/usr/bin/curl",
	"/bin/curl",
	"/usr/local/bin/curl",
	"/opt/homebrew/bin/curl",
	"/run/current-system/sw/bin/curl",
];

const findCurl = (): string | undefined => CURLS.find((path) => isExecutable(path));

async function layIfOther(disk: Disk, path: string, text: string, mode: number): Promise<void> {
	if (existsSync(path) && (await disk.readText(path)) === text) return;
	await replaceFile(disk, path, text, mode);
}

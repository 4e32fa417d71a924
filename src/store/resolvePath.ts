import { basename, dirname, join, resolve } from "node:path";
import { errnoOf } from "../base/errors.ts";
import { sha256 } from "../base/hash.ts";
import type { PathAccess, PathFacts, PathKind } from "../core/ports.ts";
import { Problem } from "../protocol/problem.ts";
import type { Disk } from "./disk.ts";

const MAX_LINKS = 40;
/** Resolved in the gate's process it is not what the agent's would open. */
const PER_PROCESS = /^\/(?:proc\/(?:self|thread-self|\d+)|dev\/(?:fd|stdin|stdout|stderr))(?:\/|$)/;

/**
 * What a path is right now. Links are resolved as the kernel would, also through missing parts and dangling links.
 * A read needs only where it leads: that is a single call, since every free read pays for it.
 * @throws Problem for a path that cannot be resolved
 */
export function resolvePath(disk: Disk, given: string, cwd: string, access: PathAccess): PathFacts {
	if (/^[a-z][a-z0-9+.-]+:\/\//i.test(given)) {
		throw new Problem("bad_request", `${JSON.stringify(given)} is a URL; write a plain path.`);
	}
	if (given.startsWith("~")) {
		throw new Problem(
			"bad_request",
			`"~" is not expanded in ${JSON.stringify(given)}; write the absolute path, or ./~…`,
		);
	}
	const lexical = resolve(cwd, given);
	if (access !== "read" && access !== "look" && PER_PROCESS.test(lexical)) {
		throw new Problem("bad_request", `${lexical} means something else in every process; name the real path.`);
	}
	try {
		const canonical = access === "delete" ? canonicalOfName(disk, lexical) : canonicalOf(disk, lexical, MAX_LINKS);
		const nothing = { dev: 0, ino: 0, mode: 0, nlink: 0, size: 0, parents: "" };
		if (access === "read") return { given, lexical, canonical, kind: "file", ...nothing };
		return { given, lexical, canonical, ...nothing, ...identity(disk, canonical) };
	} catch (error) {
		if (error instanceof Problem) throw error;
		throw new Problem(
			"bad_request",
			`${JSON.stringify(given)} cannot be looked up: ${WORDS[errnoOf(error) ?? ""] ?? String(error)}`,
		);
	}
}

const WORDS: Readonly<Record<string, string>> = {
	ENOTDIR: "one of its folders is a file.",
	ELOOP: "its links go round in a circle.",
	EACCES: "permission denied.",
	ENAMETOOLONG: "a name in it is longer than the disk allows.",
};

/** The folder's links resolved, the last name left as it is. */
function canonicalOfName(disk: Disk, lexical: string): string {
	return lexical === dirname(lexical)
		? lexical
		: join(canonicalOf(disk, dirname(lexical), MAX_LINKS), basename(lexical));
}

function canonicalOf(disk: Disk, path: string, linksLeft: number): string {
	try {
		return disk.realpathSync(path);
	} catch (error) {
		if (errnoOf(error) !== "ENOENT") throw error;
	}
	if (linksLeft === 0) throw new Problem("bad_request", `The links in ${path} go round in a circle.`);
	const folder = canonicalOf(disk, dirname(path), linksLeft);
	const here = join(folder, basename(path));
	const target = danglingTarget(disk, here);
	return target === undefined ? here : canonicalOf(disk, resolve(folder, target), linksLeft - 1);
}

function danglingTarget(disk: Disk, path: string): string | undefined {
	try {
		return disk.lstatSync(path).isSymbolicLink() ? disk.readlinkSync(path) : undefined;
	} catch (error) {
		if (errnoOf(error) === "ENOENT") return undefined;
		throw error;
	}
}

function identity(disk: Disk, canonical: string): Partial<PathFacts> & { kind: PathKind; parents: string } {
	const parents = parentChain(disk, canonical);
	try {
		const stats = disk.lstatSync(canonical);
		const { dev, ino, nlink, size } = stats;
		return { kind: kindOf(stats), dev, ino, nlink, size, mode: stats.mode & 0o7777, parents };
	} catch (error) {
		if (errnoOf(error) === "ENOENT") return { kind: "missing", parents };
		throw error;
	}
}

function kindOf(stats: { isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean }): PathKind {
	if (stats.isFile()) return "file";
	if (stats.isDirectory()) return "directory";
	return stats.isSymbolicLink() ? "symlink" : "other";
}

/** Device and inode of every folder above that exists. */
function parentChain(disk: Disk, canonical: string): string {
	const chain: string[] = [];
	for (let path = dirname(canonical); ; path = dirname(path)) {
		try {
			const { dev, ino } = disk.lstatSync(path);
			chain.push(`${dev}:${ino}`);
		} catch (error) {
			if (errnoOf(error) !== "ENOENT") throw error;
			chain.push("missing");
		}
		if (path === dirname(path)) return sha256(chain.join(" "));
	}
}

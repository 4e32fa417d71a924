import { type ChildProcess, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Ends a program that was started detached with all that it started. Agents give hooks and commands groups of their own. */
export function killTree(child: ChildProcess): void {
	if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
	for (const target of [-child.pid, ...descendantsOf(child.pid)]) {
		try {
			process.kill(target, "SIGKILL");
		} catch {
			// Already gone.
		}
	}
}

function descendantsOf(ancestor: number): number[] {
	const parents = process.platform === "linux" ? parentsInProc() : parentsInPs();
	const found = new Set([ancestor]);
	// The set grows while it is walked, so grandchildren are found too.
	for (const pid of found) for (const [candidate, parent] of parents) if (parent === pid) found.add(candidate);
	return [...found].slice(1);
}

type Parent = readonly [pid: number, parent: number];

function parentsInProc(): Parent[] {
	const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
	return processes.map((pid) => [Number(pid), parentOf(pid)]);
}

function parentOf(pid: string): number {
	try {
		return Number(/^PPid:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
	} catch {
		return Number.NaN;
	}
}

function parentsInPs(): Parent[] {
	const { stdout } = spawnSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
	return [...(stdout ?? "").matchAll(/(\d+)\s+(\d+)/g)].map(([, pid, parent]) => [Number(pid), Number(parent)]);
}

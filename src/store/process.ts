import { spawnSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** Where a process id means something: this machine since its last start, this container. */
export function machineId(): string {
	return [hostname(), tryRead("/proc/sys/kernel/random/boot_id"), tryLink("/proc/self/ns/pid")]
		.filter(Boolean)
		.join(" ");
}

/**
 * When a process started, as the system tells it; "" when there is no such process. With the pid it names a process
 * even after the pid is used again.
 */
export function processStartTime(pid: number): string {
	if (process.platform === "linux") {
		const stat = tryRead(`/proc/${pid}/stat`);
		// Field 22, counted behind the command in parentheses, which may itself hold spaces. State Z is dead.
		const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
		return fields[0] === "Z" || fields[0] === "X" ? "" : (fields[19] ?? "");
	}
	if (process.platform === "win32") return isAlive(pid) ? "alive" : "";
	return spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).stdout?.trim() ?? "";
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}

function tryRead(path: string): string {
	try {
		return readFileSync(path, "utf8").trim();
	} catch {
		return "";
	}
}

function tryLink(path: string): string {
	try {
		return readlinkSync(path);
	} catch {
		return "";
	}
}

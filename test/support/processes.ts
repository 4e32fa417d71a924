import { readdirSync, readFileSync } from "node:fs";

export interface RunningProcess {
	readonly pid: number;
	readonly words: readonly string[];
}

/** Every process whose command line holds the text, this one apart. Linux. */
export function processesNaming(text: string): RunningProcess[] {
	return readdirSync("/proc")
		.filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
		.map((name) => ({ pid: Number(name), words: wordsOf(name) }))
		.filter(({ words }) => words.some((word) => word.includes(text)));
}

/** Ends them as a crash does. Those that are gone already are gone. */
export function killAll(processes: readonly RunningProcess[]): void {
	for (const { pid } of processes) {
		try {
			process.kill(pid, "SIGKILL");
		} catch {
			// It ended by itself.
		}
	}
}

function wordsOf(pid: string): string[] {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
	} catch {
		return [];
	}
}

/** Our hook and its curl, wherever the text is named: all that stands between an agent and the gate. */
export const hookProcesses = (text: string): RunningProcess[] => processesNaming(text).filter(isHookOrCurl);

export const isCurl = ({ words }: RunningProcess): boolean => words[0]?.endsWith("curl") === true;
export const isHook = ({ words }: RunningProcess): boolean => words[1]?.endsWith("/countersign-hook") === true;
const isHookOrCurl = (one: RunningProcess) => isCurl(one) || isHook(one);

import { homedir } from "node:os";
import { join, sep } from "node:path";
import { readConnections } from "../store/agentFiles.ts";
import type { Disk } from "../store/disk.ts";
import { markOf } from "../store/fileMark.ts";
import type { Home } from "../store/home.ts";
import { laidDigests, laidPath } from "../store/laidPrograms.ts";
import { digestIfThere } from "../store/policyFiles.ts";

/**
 * The files that the gate stands on: the settings of connected agents as they were written, its own programs as they
 * were when it was opened. Whoever changes one of them may have made a hole, so no rule allows anything until a person
 * has looked.
 */
export class Vouched {
	private readonly disk: Disk;
	private readonly home: Home;
	private readonly workspace: string;
	private readonly programs = new Map<string, string | null>();
	/** What a person vouched for, where that is not what was written down. */
	private readonly seen = new Map<string, string | null>();
	private connected = new Map<string, string>();
	/** A few megabytes: what has the mark that it had is not read again. */
	private readonly digests = new Map<string, { readonly mark: string; readonly digest: string | null }>();

	private constructor(disk: Disk, home: Home, workspace: string) {
		this.disk = disk;
		this.home = home;
		this.workspace = workspace;
	}

	/** @param dist folder of the running program; undefined: it is not looked at */
	static async open(disk: Disk, home: Home, workspace: string, dist: string | undefined): Promise<Vouched> {
		const vouched = new Vouched(disk, home, workspace);
		for (const folder of dist === undefined ? [] : [dist, home.bin]) {
			for (const name of await disk.readdir(folder).catch(() => [])) {
				if (/\.(js|cjs|sh|wasm)$|^countersign(-hook)?$/.test(name)) {
					const path = join(folder, name);
					vouched.programs.set(path, await vouched.digestOf(path));
				}
			}
		}
		await vouched.readConnections();
		return vouched;
	}

	/** What to watch. */
	paths(): string[] {
		return [this.home.agents, laidPath(this.home), ...this.connected.keys(), ...this.programs.keys()];
	}

	/** Those that are not what they were, as paths. */
	async drifted(): Promise<string[]> {
		await this.readConnections();
		// Two editors, or an editor and a terminal, lay programs that differ in the Node that they name.
		const laid = await laidDigests(this.disk, this.home);
		const drifted: string[] = [];
		for (const [path, digest] of [...this.connected, ...this.programs]) {
			const now = await this.digestOf(path).catch(() => null);
			if (now !== null && laid.get(path) === now) continue;
			if (now !== digest && !(this.seen.has(path) && this.seen.get(path) === now)) drifted.push(path);
		}
		return drifted;
	}

	/** A person has looked at them as they are now. */
	async vouchFor(paths: readonly string[]): Promise<void> {
		for (const path of paths) this.seen.set(path, await this.digestOf(path));
	}

	/** Null: there is no such file. */
	private async digestOf(path: string): Promise<string | null> {
		const mark = markOf(this.disk, path);
		const known = this.digests.get(path);
		if (known?.mark === mark) return known.digest;
		const digest = await digestIfThere(this.disk, path);
		// Only what did not change while it was read.
		if (markOf(this.disk, path) === mark) this.digests.set(path, { mark, digest });
		return digest;
	}

	/** Of agents that run here: in this folder, or by a dot folder of the person's home, wherever they run. */
	private async readConnections(): Promise<void> {
		const all = await readConnections(this.disk, this.home);
		const here = all.filter(
			({ file }) => file.startsWith(this.workspace + sep) || file.startsWith(`${homedir()}${sep}.`),
		);
		this.connected = new Map(here.map((connection) => [connection.file, connection.sha256]));
	}
}

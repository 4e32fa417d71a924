import { type Disk, type DiskFile, realDisk } from "../../src/store/disk.ts";
import { wrapped } from "./wrappedDisk.ts";

/**
 * The disk of a process that is killed: from then on nothing it began comes to an end, as if it had stopped in the middle.
 * What was written stays, so nothing is synced.
 */
export class MortalDisk {
	readonly disk: Disk;
	private left = Number.POSITIVE_INFINITY;
	private readonly died: () => void;

	constructor(died: () => void) {
		this.died = died;
		this.disk = this.wrap(realDisk, "");
	}

	get isDead(): boolean {
		return this.left <= 0;
	}

	/** After so many more operations. */
	killAfter(operations: number): void {
		this.left = Math.min(this.left, operations);
		if (this.isDead) this.died();
	}

	private wrap<T extends object>(target: T, prefix: string): T {
		return wrapped(target, prefix, (...call) => this.call(...call));
	}

	private async call(name: string, object: object, method: (...args: never[]) => unknown, args: unknown[]) {
		if (/sync(Folder)?$/.test(name) || this.isDead) return this.isDead ? forever() : undefined;
		this.left--;
		const result = await method.apply(object, args as never[]);
		if (this.isDead) {
			this.died();
			return forever();
		}
		return name === "open" ? this.wrap(result as DiskFile, "file.") : result;
	}
}

export const forever = () => new Promise<never>(() => undefined);

import type { Disk, DiskFile } from "../../src/store/disk.ts";
import { realDisk } from "../../src/store/disk.ts";
import { wrapped } from "./wrappedDisk.ts";

export interface FaultPlan {
	/** The operation that fails, counted from 1; 0 for none. */
	failAt: number;
	/** Every operation from there on fails, until `failAt` is set back to 0. */
	lasting: boolean;
	code: "EIO" | "ENOSPC" | "EROFS";
	/** A failing write leaves half of its bytes behind. */
	short: boolean;
}

/** The real disk, on which operation N fails. */
export class FaultDisk {
	readonly plan: FaultPlan;
	count = 0;
	hit: string | undefined;
	readonly disk: Disk;

	constructor(plan: Partial<FaultPlan> = {}) {
		this.plan = { failAt: 0, lasting: false, code: "EIO", short: false, ...plan };
		this.disk = this.wrap(realDisk, "");
	}

	heal(): void {
		this.plan.failAt = 0;
	}

	private wrap<T extends object>(target: T, prefix: string): T {
		return wrapped(target, prefix, (...call) => this.call(...call));
	}

	private call(name: string, object: object, method: (...args: never[]) => unknown, args: unknown[]): unknown {
		// A close that fails has closed all the same; whoever ignores that is right.
		if (name !== "file.close" && this.isFaulty()) {
			this.hit ??= `${this.count} ${name}`;
			const error = Object.assign(new Error(`${this.plan.code}: injected at ${name}`), { code: this.plan.code });
			return this.fail(name, object as DiskFile, args, error);
		}
		const result = method.apply(object, args as never[]);
		if (name === "open") return (result as Promise<DiskFile>).then((file) => this.wrap(file, "file."));
		return result;
	}

	private isFaulty(): boolean {
		this.count++;
		const { failAt, lasting } = this.plan;
		return failAt > 0 && (this.count === failAt || (lasting && this.count > failAt));
	}

	private fail(name: string, file: DiskFile, args: unknown[], error: Error): unknown {
		const [bytes] = args;
		const half = this.plan.short && bytes instanceof Uint8Array ? bytes.subarray(0, bytes.byteLength >> 1) : undefined;
		if (name.endsWith("Sync")) {
			if (half && name === "file.writeSync") file.writeSync(half);
			throw error;
		}
		if (half && name === "file.write") return file.write(half).then(() => Promise.reject(error));
		return Promise.reject(error);
	}
}

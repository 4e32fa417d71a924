import { constants } from "node:fs";
import type { Disk, DiskFile } from "../../src/store/disk.ts";
import { realDisk } from "../../src/store/disk.ts";

/** A path that was opened so that it could be changed. */
export interface Opened {
	readonly path: string;
	readonly flags: number | string;
}

/** The real disk, with a look at it after each of its operations: nothing of ours happens in between. */
export function watchedDisk(look: (operation: string) => void): { disk: Disk; opened: Opened[] } {
	const opened: Opened[] = [];
	const wrap = <T extends object>(target: T): T =>
		new Proxy(target, {
			get: (object, property) => {
				const value = Reflect.get(object, property);
				if (typeof value !== "function") return value;
				return (...args: unknown[]) => {
					const name = String(property);
					if (name === "open") opened.push({ path: String(args[0]), flags: args[1] as number | string });
					const result = value.apply(object, args);
					if (!(result instanceof Promise)) return result;
					return result.then((settled: unknown) => {
						look(name);
						return name === "open" ? wrap(settled as DiskFile) : settled;
					});
				};
			},
		});
	return { disk: wrap(realDisk), opened };
}

/** Whether a file was opened so that its bytes could change. */
export function isForWriting({ flags }: Opened): boolean {
	if (typeof flags === "string") return flags !== "r";
	return (flags & (constants.O_WRONLY | constants.O_RDWR | constants.O_TRUNC | constants.O_CREAT)) !== 0;
}

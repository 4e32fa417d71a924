import { join } from "node:path";
import { errnoOf } from "../base/errors.ts";
import { replaceFile } from "./atomicFile.ts";
import type { Disk } from "./disk.ts";

/** What a reviewer made of a proposal that is not decided yet, by request id; 0600, outside the workspace. */
export class DraftStore {
	private readonly disk: Disk;
	private readonly folder: string;

	constructor(disk: Disk, folder: string) {
		this.disk = disk;
		this.folder = folder;
	}

	/** The text kept for exactly this revision. A draft that cannot be read is none. */
	async read(id: string, revision: number): Promise<string | undefined> {
		try {
			const kept = JSON.parse(await this.disk.readText(this.path(id))) as { revision?: unknown; text?: unknown };
			return kept.revision === revision && typeof kept.text === "string" ? kept.text : undefined;
		} catch {
			return undefined;
		}
	}

	async write(id: string, revision: number, text: string): Promise<void> {
		await replaceFile(this.disk, this.path(id), JSON.stringify({ revision, text }), 0o600);
	}

	async remove(id: string): Promise<void> {
		await this.disk.unlink(this.path(id)).catch((error) => {
			if (errnoOf(error) !== "ENOENT") throw error;
		});
	}

	private path(id: string): string {
		if (!/^[0-9a-f]{32}$/.test(id)) throw new Error(`${JSON.stringify(id)} is no request id.`);
		return join(this.folder, `${id}.json`);
	}
}

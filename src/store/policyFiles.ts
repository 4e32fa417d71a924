import { constants } from "node:fs";
import { dirname, join } from "node:path";
import { errnoOf, messageOf } from "../base/errors.ts";
import { sha256 } from "../base/hash.ts";
import { makeFolders, replaceFile } from "./atomicFile.ts";
import type { Disk } from "./disk.ts";
import { markOf } from "./fileMark.ts";
import { folderIdOf, type Home } from "./home.ts";
import { readKey } from "./keys.ts";
import { type SealedPlace, sealed, unsealed } from "./seal.ts";

/** The texts of every policy file of one folder; undefined: there is none. */
export interface PolicyTexts {
	/** The person's own, as it is now. */
	readonly user: string | undefined;
	/** The one that a person adopted last: it holds until another one is. Undefined also when it is not as it was written. */
	readonly adopted: string | undefined;
	readonly repository: string | undefined;
	readonly adoptedRepository: string | undefined;
	readonly managed: string | undefined;
	/** Why a file that is there was not read. */
	readonly unread: readonly string[];
}

/** More than any policy, and read within a second; a link to a device never ends. Bytes. */
const MAX_SIZE = 256 * 1024;

/** Where an administrator writes what nobody on the machine may loosen. */
export const managedPolicyPath = (): string => {
	if (process.platform === "darwin") return "/Library/Application Support/Countersign/policy.yaml";
	if (process.platform === "win32")
		return join(process.env.ProgramData ?? "C:\\ProgramData", "Countersign\\policy.yaml");
	return "/etc/countersign/policy.yaml";
};

/** The policy files of one folder, and the copies of what was adopted. */
export class PolicyFiles {
	readonly user: string;
	readonly repository: string;
	readonly managed: string;
	private readonly adopted: string;
	private readonly adoptedRepository: string;
	private readonly disk: Disk;
	private readonly home: Home;

	constructor(disk: Disk, home: Home, workspace: string, managed = managedPolicyPath()) {
		this.disk = disk;
		this.home = home;
		this.user = home.policy;
		this.repository = join(workspace, ".countersign", "policy.yaml");
		this.managed = managed;
		this.adopted = join(home.root, "policy.last-good.yaml");
		this.adoptedRepository = join(home.root, "repositories", `${folderIdOf(workspace)}.yaml`);
	}

	/** Another one when any of the files may have another text. Without giving up the thread. */
	mark(more: readonly string[] = []): string {
		const files = [this.user, this.adopted, this.repository, this.adoptedRepository, this.managed, ...more];
		return files.map((path) => markOf(this.disk, path)).join("\n");
	}

	async read(): Promise<PolicyTexts> {
		const unread: string[] = [];
		const [user, mine, repository, theirs, managed] = await Promise.all(
			[this.user, this.adopted, this.repository, this.adoptedRepository, this.managed].map((path) =>
				this.readOne(path, unread),
			),
		);
		const adopted = await this.opened(this.adopted, mine, unread);
		const adoptedRepository = await this.opened(this.adoptedRepository, theirs, unread);
		return { user, adopted, repository, adoptedRepository, managed, unread };
	}

	/** Whether nothing was ever adopted on this machine. */
	async isFresh(): Promise<boolean> {
		return (await readKey(this.disk, this.home, KEY)) === undefined;
	}

	/** What was adopted, if it is what we wrote: else whoever writes a policy would write its copy too. */
	private async opened(path: string, content: string | undefined, unread: string[]): Promise<string | undefined> {
		if (content === undefined) return undefined;
		const text = await unsealed(this.disk, this.home, placeOf(path), content);
		if (text !== undefined) return text;
		unread.push(`${path} is not as it was written: what was adopted is not known any more.`);
		return undefined;
	}

	private async readOne(path: string, unread: string[]): Promise<string | undefined> {
		try {
			const text = (await this.disk.stat(path)).isFile() ? await this.readSome(path) : undefined;
			if (text === undefined) unread.push(`${path} is not read: a policy is a regular file of at most 256 KiB.`);
			return text;
		} catch (error) {
			if (errnoOf(error) === "ENOENT") return undefined;
			// What others put there must not keep the gate from opening.
			if (path !== this.repository && path !== this.managed) throw error;
			unread.push(`${path} is not read: ${messageOf(error)}.`);
			return undefined;
		}
	}

	/** No more than a policy may be, whatever size it says to have, and without waiting for what may stand there by now. */
	private async readSome(path: string): Promise<string | undefined> {
		const file = await this.disk.open(path, constants.O_RDONLY | constants.O_NONBLOCK);
		try {
			if (!(await file.stat()).isFile()) return undefined;
			const bytes = Buffer.alloc(MAX_SIZE + 1);
			let size = 0;
			for (let read = 1; read > 0 && size <= MAX_SIZE; size += read) read = await file.read(bytes.subarray(size), size);
			return size > MAX_SIZE ? undefined : bytes.toString("utf8", 0, size);
		} finally {
			await file.close();
		}
	}

	writeUser(text: string): Promise<void> {
		return replaceFile(this.disk, this.user, text);
	}

	/** @param text undefined: what was adopted is forgotten */
	async adopt(origin: "user" | "repository", text: string | undefined): Promise<void> {
		const path = origin === "user" ? this.adopted : this.adoptedRepository;
		await makeFolders(this.disk, dirname(path), 0o700);
		if (text !== undefined) {
			return replaceFile(this.disk, path, await sealed(this.disk, this.home, placeOf(path), text));
		}
		await this.disk.unlink(path).catch((error) => {
			if (errnoOf(error) !== "ENOENT") throw error;
		});
	}
}

/** The key that adopted texts are sealed with. */
const KEY = "policy";

const placeOf = (path: string): SealedPlace => ({ key: KEY, purpose: "adopted", path });

/** Null: there is none. */
export async function digestIfThere(disk: Disk, path: string): Promise<string | null> {
	try {
		return sha256(await disk.readFile(path));
	} catch (error) {
		if (errnoOf(error) === "ENOENT") return null;
		throw error;
	}
}

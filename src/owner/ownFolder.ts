import { randomBytes } from "node:crypto";
import { type Clock, systemClock } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import type { Draft } from "../core/audit/record.ts";
import { Gate } from "../core/gate.ts";
import type { GateDoor } from "../core/gateTypes.ts";
import type { HookAdapter } from "../core/hookAdapter.ts";
import type { Policy } from "../core/policy/policy.ts";
import type { ShellPort } from "../core/policy/shell.ts";
import type { BlobPort } from "../core/ports.ts";
import { replay, unseenBypasses } from "../core/replay.ts";
import { Uses } from "../core/uses.ts";
import { Guard } from "../endpoint/guard.ts";
import { HookRoute } from "../endpoint/hookRoute.ts";
import { Endpoint } from "../endpoint/server.ts";
import type { Discovery } from "../protocol/messages.ts";
import { agentFile } from "../store/agentFiles.ts";
import { BlobStore } from "../store/blobs.ts";
import { prepareSocket, publishDiscovery, removeDiscovery } from "../store/discovery.ts";
import { type Disk, realDisk } from "../store/disk.ts";
import { WorkspaceFiles } from "../store/files.ts";
import { folderIdOf, type Home, openHome, socketPathFor } from "../store/home.ts";
import { Journal } from "../store/journal.ts";
import { FolderLock } from "../store/lock.ts";
import { PolicyFiles } from "../store/policyFiles.ts";
import { processStartTime } from "../store/process.ts";
import { eraseBlobs, eraseDrafts } from "../store/retention.ts";
import { PolicyKeeper } from "./policyKeeper.ts";
import { Vouched } from "./vouched.ts";

export interface OwnOptions {
	readonly home: Home;
	/** Real path of the folder. */
	readonly workspace: string;
	readonly owner: Discovery["owner"];
	readonly version: string;
	readonly adapters: readonly HookAdapter[];
	readonly tcp: boolean;
	readonly warn: (message: string) => void;
	readonly isDirty?: (path: string) => boolean;
	/** Folder of the running program: a change of it is noticed. */
	readonly dist?: string;
	readonly shell?: ShellPort;
	/** Where the administrator's policy is, when not in its usual place. */
	readonly managedPolicy?: string;
	/** Opens the ways to people who are away; the owner knows none of them. */
	readonly openChannels?: (parts: ChannelParts) => { close(): Promise<void> };
	readonly disk?: Disk;
	readonly clock?: Clock;
	readonly failpoint?: (name: string) => void;
}

/** What a way to people who are away needs of a gate. */
export interface ChannelParts {
	readonly gate: GateDoor;
	readonly blobs: BlobPort;
	readonly policy: () => Policy;
	/** Durable when it resolves. */
	readonly record: (draft: Draft) => Promise<unknown>;
	/** To the people at the gate. */
	readonly warn: (message: string) => void;
	readonly home: Home;
	/** Real path of the folder. */
	readonly workspace: string;
	readonly folderId: string;
	readonly owner: Discovery["owner"];
	readonly failpoint: (name: string) => void;
}

export interface OwnedFolder {
	readonly gate: Gate;
	readonly policy: PolicyKeeper;
	readonly discovery: Discovery;
	readonly discoveryPath: string;
	readonly blobs: BlobStore;
	/** Why nothing can be approved just now: the journal cannot be written. */
	trouble(): string | undefined;
	/** Says in the journal who comes next, then closes. */
	handOver(to: string): Promise<void>;
	/** Leaves everything that waits in the journal. */
	close(): Promise<void>;
}

/** How often it is looked what has waited for long. Ms. */
const EXPIRE_EVERY = 1000;
/** How soon a change of a policy file, or of what the gate stands on, is noticed while nobody asks. Ms. */
const LOOK_EVERY = 250;

/** 128 random bits in hex. Bytes are drawn in bulk: a call of the system for each costs more than all else about an id. */
const randomId = (() => {
	let pool = Buffer.alloc(0);
	return () => {
		if (pool.byteLength === 0) pool = randomBytes(4096);
		const id = pool.toString("hex", 0, 16);
		pool = pool.subarray(16);
		return id;
	};
})();

/** Without a parser no command can be told from its text, so none passes by a rule. */
const NO_SHELL: ShellPort = { read: () => Promise.resolve(undefined) };

/** A gate without its door to the outside: what recovery and fault tests drive. */
export async function openGate(
	options: OwnOptions,
): Promise<{ gate: Gate; journal: Journal; blobs: BlobStore; policy: PolicyKeeper; close(): Promise<void> }> {
	const { home, workspace, owner, warn, disk = realDisk, clock = systemClock, failpoint = () => undefined } = options;
	if (/[\r\n]/.test(workspace)) throw new Error("A folder with a line break in its name cannot be gated.");
	await openHome(disk, home);
	const folderId = folderIdOf(workspace);
	const lock = await FolderLock.acquire(disk, home.run, folderId, owner);
	let journal: Journal | undefined;
	try {
		const opened = await Journal.open({ disk, home, workspace, lock, clock, warn, failpoint });
		journal = opened.journal;
		const { records } = opened;
		const policy = await PolicyKeeper.open({
			files: new PolicyFiles(disk, home, workspace, options.managedPolicy),
			vouched: await Vouched.open(disk, home, workspace, options.dist),
			workspace,
			records,
			append: async (draft) => void (await opened.journal.append(draft)),
			warn,
		});
		await journal.append({
			type: "POLICY",
			summary: `in force at the start of ${owner}`,
			data: { policy: policy.inForce().hash },
		});
		const uses = new Uses();
		uses.restore(records);
		const blobs = new BlobStore(disk, home.blobs);
		const gate = new Gate({
			clock,
			journal,
			blobs,
			files: new WorkspaceFiles(disk, blobs),
			place: { folder: workspace, home: home.root },
			policies: policy,
			uses,
			shell: options.shell ?? NO_SHELL,
			randomId,
			isDirty: options.isDirty ?? (() => false),
			failpoint,
		});
		const { requests, lost } = replay(records, opened.details);
		for (const id of lost) {
			await journal.append({
				type: "DECISION",
				request: id,
				decision: "cancelled",
				by: "countersign",
				via: "recovery",
				reason: "its content was lost in a crash before anybody was told of it",
			});
			warn(`Request ${id.slice(0, 8)} was lost in a crash before anybody was told of it.`);
		}
		await gate.restore(requests, unseenBypasses(records));
		// Old contents that cannot be erased today are erased another day; it must not keep a gate from starting.
		await Promise.all([eraseBlobs(disk, home, clock.now()), eraseDrafts(disk, home, clock.now())]).catch((error) =>
			warn(`Old contents were not erased: ${messageOf(error)}`),
		);
		const owned = journal;
		return {
			gate,
			journal,
			blobs,
			policy,
			close: async () => {
				policy.close();
				await owned.close();
				await lock.release();
			},
		};
	} catch (error) {
		await journal?.close();
		await lock.release();
		throw error;
	}
}

/** Takes the folder: lock, journal, gate, endpoint, discovery; in this order, so that nobody finds half a gate. */
export async function ownFolder(options: OwnOptions): Promise<OwnedFolder> {
	const { home, workspace, owner, version, adapters, tcp, disk = realDisk } = options;
	const opened = await openGate(options);
	const folderId = folderIdOf(workspace);
	const token = randomBytes(32).toString("base64url");
	const socket = socketPathFor(home, folderId);
	let endpoint: Endpoint | undefined;
	try {
		await prepareSocket(disk, socket);
		const { gate, journal, blobs, policy } = opened;
		const context = {
			gate,
			blobs,
			adapters,
			guard: new Guard(token, systemClock),
			hooks: new HookRoute(gate, adapters, randomId, (agent, path) => agentFile(disk, home, agent, path)),
			health: () => (journal.trouble === undefined ? { ok: true } : { ok: false, detail: journal.trouble }),
			gateInfo: { name: "countersign", version },
			workspace: { id: folderId, folders: [workspace] },
		};
		const listening = await Endpoint.listen(context, { socketPath: socket, tcp });
		endpoint = listening;
		const discovery: Discovery = {
			protocolVersion: 1,
			pid: process.pid,
			startTime: processStartTime(process.pid),
			workspace,
			folders: [workspace],
			url: listening.url,
			socket,
			token,
			owner,
		};
		const discoveryPath = await publishDiscovery(disk, home, folderId, discovery);
		const expiry = setInterval(() => {
			gate.remind();
			gate.expire().catch((error) => options.warn(messageOf(error)));
		}, EXPIRE_EVERY);
		expiry.unref();
		const looks = setInterval(() => {
			policy.look().catch((error) => options.warn(messageOf(error)));
		}, LOOK_EVERY);
		looks.unref();
		const channels = options.openChannels?.({
			gate,
			blobs,
			policy: () => policy.inForce(),
			record: (draft) => journal.append(draft),
			warn: (message) => gate.warn(message),
			home,
			workspace,
			folderId,
			owner,
			failpoint: options.failpoint ?? (() => undefined),
		});
		const close = async () => {
			clearInterval(expiry);
			clearInterval(looks);
			await channels?.close();
			await removeDiscovery(disk, home, folderId, token);
			await listening.close();
			await opened.close();
		};
		const handOver = async (to: string) => {
			const summary = `from ${owner} to ${to}`;
			await journal.append({ type: "HANDOVER", summary }).catch((error) => options.warn(messageOf(error)));
			await close();
		};
		return { gate, policy, discovery, discoveryPath, blobs, trouble: () => journal.trouble, handOver, close };
	} catch (error) {
		await endpoint?.close();
		await opened.close();
		throw error;
	}
}

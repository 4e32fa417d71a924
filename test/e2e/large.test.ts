import { createHash, randomFillSync } from "node:crypto";
import { openSync, readFileSync, readSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../src/base/hash.ts";
import { GateClient } from "../../src/endpoint/client.ts";
import { LIMITS, type RequestState } from "../../src/protocol/messages.ts";
import { connectAgent } from "../support/agent.ts";
import { GateProcess, journalOf, makePlace } from "../support/gateProcess.ts";
import { PromptProcess } from "../support/promptProcess.ts";
import { bearer, exchange, head, listenersOf } from "../support/rawSocket.ts";

const MB = 1_000_000;
const SIZE = 100 * MB;
const MOST = 250 * MB;

/** The most memory that a process ever had, in bytes, as the kernel kept count. */
function peakOf(pid: number): number {
	const [, kilobytes = ""] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
	return Number(kilobytes) * 1024;
}

function digestOf(path: string): string {
	const [file, hash, buffer] = [openSync(path, "r"), createHash("sha256"), Buffer.alloc(MB)];
	for (let count = readSync(file, buffer); count > 0; count = readSync(file, buffer))
		hash.update(buffer.subarray(0, count));
	return hash.digest("hex");
}

const random = randomFillSync(Buffer.alloc(SIZE));
const line = "a line of text, one like the other, und ein Umlaut: ä\n";
const text = Buffer.from(line.repeat(Math.ceil(SIZE / Buffer.byteLength(line))));

describe.runIf(process.platform === "linux")("T32 · a content of 100 MB", () => {
	test.each([
		["of bytes over bytes", random, Buffer.alloc(SIZE, "z")],
		["of text over text", text, Buffer.from(`${line}${text.toString("latin1")}`, "latin1")],
		["in a new file", random, undefined],
	])(
		"%s is approved by its digest, written to the byte, and takes the gate less than 250 MB",
		async (_, bytes, old) => {
			const place = makePlace(old ? { "big.bin": old } : {});
			const gate = await GateProcess.start(place);
			const client = await GateClient.connect(gate.discovery, { agent: { name: "a" } });
			const digest = await client.putBlob(bytes);
			const action = { tool: "file_write", path: "big.bin", content: { blob: digest } } as const;
			const { id } = (await client.call("request/submit", { key: "k", action, waitMs: 0 })) as RequestState;
			const { request } = await gate.request();
			const base = old ? { sha256: sha256(old), size: old.byteLength } : null;
			expect(request).toMatchObject({ changes: [{ base, proposed: { sha256: digest, size: bytes.byteLength } }] });
			expect(JSON.stringify(request).length).toBeLessThan(4000);
			await gate.approve(id);
			expect(await client.call("request/wait", { id })).toMatchObject({ status: "approved", outcome: "executed" });
			expect(peakOf(gate.process.pid ?? 0)).toBeLessThan(MOST);
			const path = join(place.workspace, "big.bin");
			expect([digestOf(path), statSync(path).size]).toEqual([digest, bytes.byteLength]);
			if (base) expect(digestOf(join(place.home, "blobs", base.sha256.slice(0, 2), base.sha256))).toBe(base.sha256);
			client.close();
			await gate.kill();
		},
	);

	test("that changed while it waited, or is deleted, takes no more", async () => {
		const place = makePlace({ "big.bin": random });
		const path = join(place.workspace, "big.bin");
		const gate = await GateProcess.start(place);
		const client = await connectAgent(gate);
		const digest = await client.putBlob(text);
		const write = { tool: "file_write", path: "big.bin", content: { blob: digest } } as const;
		const first = (await client.call("request/submit", { key: "w", action: write, waitMs: 0 })) as RequestState;
		await gate.request();
		writeFileSync(path, "!", { flag: "r+" });
		gate.tell({ approve: first.id });
		expect(await gate.event((event) => event.event === "request" && event.revision === 2)).toMatchObject({
			tier: "high",
		});
		const action = { tool: "file_delete", path: "big.bin" } as const;
		const second = (await client.call("request/submit", { key: "d", action, waitMs: 0 })) as RequestState;
		await gate.request(2);
		await gate.approve(second.id);
		expect(await client.call("request/wait", { id: second.id })).toMatchObject({ outcome: "executed" });
		expect(peakOf(gate.process.pid ?? 0)).toBeLessThan(MOST);
		client.close();
		await gate.kill();
	});

	test("is told by its digest at a terminal", async () => {
		const place = makePlace({ "big.bin": "small\n" });
		const prompt = new PromptProcess(place);
		const client = await connectAgent({ discovery: await prompt.discovery() } as GateProcess);
		const digest = await client.putBlob(random);
		const action = { tool: "file_write", path: "big.bin", content: { blob: digest } } as const;
		const { id } = (await client.call("request/submit", { key: "k", action, waitMs: 0 })) as RequestState;
		await prompt.see(/file_write/);
		prompt.type(`show ${id.slice(0, 8)}`);
		await prompt.see(new RegExp(`big.bin is too large to be shown[\\s\\S]*proposed: ${SIZE} bytes, sha256 ${digest}`));
		expect(prompt.screen.length).toBeLessThan(4000);
		client.close();
		await prompt.stop();
	});
});

describe("T32 · what is too large, or not what it says", () => {
	test("one byte more than the limit is refused with 413 before any of it is there, and the limit itself is not", async () => {
		const gate = await GateProcess.start(makePlace());
		const listener = listenersOf(gate.discovery).unix;
		const put = (length: number) =>
			head(`PUT /v1/blobs/${"0".repeat(64)} HTTP/1.1`, [listener.host, bearer(gate), `Content-Length: ${length}`]);
		const answer = await exchange(listener, put(LIMITS.blob + 1), 5000);
		expect([answer?.status, answer?.body]).toEqual([413, expect.stringContaining("A blob has at most 128 MiB.")]);
		const most = Buffer.alloc(LIMITS.blob);
		const client = await connectAgent(gate);
		expect(await client.putBlob(most)).toBe(sha256(most));
		client.close();
		await gate.kill();
	});

	test("bytes that are not what their address says are refused, and leave nothing behind", async () => {
		const place = makePlace();
		const gate = await GateProcess.start(place);
		const listener = listenersOf(gate.discovery).unix;
		const put = (length: number, body: string) =>
			`${head(`PUT /v1/blobs/${sha256("right")} HTTP/1.1`, [listener.host, bearer(gate), `Content-Length: ${length}`, "Connection: close"])}${body}`;
		const wrong = await exchange(listener, put(6, "right!"), 5000);
		expect([wrong?.status, wrong?.body]).toEqual([400, expect.stringContaining("not the one in the address")]);
		const client = await connectAgent(gate);
		const action = { tool: "file_write", path: "a.txt", content: { blob: sha256("right") } } as const;
		const asked = client.call("request/submit", { key: "k", action, waitMs: 0 });
		await expect(asked).rejects.toMatchObject({ code: "not_found" });
		client.close();
		await gate.kill();
		expect((await journalOf(place)).filter(({ type }) => type === "REQUEST")).toEqual([]);
	});

	test("a file of more than the limit is not reviewed", async () => {
		const place = makePlace({ "huge.bin": "" });
		truncateSync(join(place.workspace, "huge.bin"), LIMITS.blob + 1);
		const gate = await GateProcess.start(place);
		const client = await connectAgent(gate);
		const action = { tool: "file_write", path: "huge.bin", content: "x" } as const;
		const asked = client.call("request/submit", { key: "k", action, waitMs: 0 });
		await expect(asked).rejects.toMatchObject({ code: "too_large" });
		client.close();
		await gate.kill();
	});
});

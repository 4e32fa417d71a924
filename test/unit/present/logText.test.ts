import { afterAll, describe, expect, test } from "vitest";
import type { AuditRecord, Draft } from "../../../src/core/audit/record.ts";
import { localTime, logLines } from "../../../src/present/logText.ts";

const { TZ } = process.env;
process.env.TZ = "Asia/Shanghai";
afterAll(() => {
	if (TZ === undefined) delete process.env.TZ;
	else process.env.TZ = TZ;
});

const SEAL = { v: 1 as const, chain: "c", seq: 1, prev: "", hash: "", mac: "" };
const record = (time: string, draft: Draft): AuditRecord => ({ ...SEAL, time, ...draft });
/** On the night of the article, at its own place on earth. */
const at = (clock: string, draft: Draft) => record(new Date(`2026-03-28T${clock}+08:00`).toISOString(), draft);

const TOOL = "file_delete";
const [CACHE, CONFIG] = ["/etc/cache/tmp.log", "/etc/production/config.yml"];
const HUMAN = { by: "zhaocaiwen", via: "telegram" };

describe("the log says what the article's log says", () => {
	test("approved", () => {
		const records = [
			at("03:15:22", { type: "REQUEST", revision: 1, tool: TOOL, target: CACHE }),
			at("03:15:45", { type: "DECISION", tool: TOOL, target: CACHE, decision: "approved", ...HUMAN }),
			at("03:15:45", { type: "INTENT", tool: TOOL, target: CACHE }),
			at("03:15:46", { type: "EXECUTED", tool: TOOL, target: CACHE }),
		];
		expect(logLines(records, false).join("\n")).toBe(
			`[2026-03-28 03:15:22] REQUEST: file_delete("/etc/cache/tmp.log")
[2026-03-28 03:15:45] APPROVED by zhaocaiwen via telegram
[2026-03-28 03:15:46] EXECUTED: file_delete`,
		);
	});

	// The article's clock ticks once between the two last lines; here one record, of one moment, says both.
	test("denied", () => {
		const records = [
			at("03:20:11", { type: "REQUEST", revision: 1, tool: TOOL, target: CONFIG }),
			at("03:20:33", { type: "DECISION", tool: TOOL, decision: "denied", ...HUMAN, reason: "production config" }),
		];
		expect(logLines(records, false).join("\n")).toBe(
			`[2026-03-28 03:20:11] REQUEST: file_delete("/etc/production/config.yml")
[2026-03-28 03:20:33] DENIED by zhaocaiwen via telegram
[2026-03-28 03:20:33] CANCELED: file_delete (reason: production config)`,
		);
	});
});

describe("one record, its lines", () => {
	const ROWS: readonly [what: string, Draft, all: boolean, lines: readonly string[]][] = [
		[
			"a later revision",
			{ type: "REQUEST", revision: 2, tool: TOOL, target: "a" },
			false,
			['REQUEST: file_delete("a") (revision 2)'],
		],
		[
			"denied without a reason",
			{ type: "DECISION", tool: TOOL, decision: "denied", ...HUMAN },
			false,
			["DENIED by zhaocaiwen via telegram", "CANCELED: file_delete"],
		],
		[
			"cancelled by the agent",
			{ type: "DECISION", tool: TOOL, decision: "cancelled", by: "codex", via: "agent", reason: "not needed" },
			false,
			["CANCELED: file_delete (reason: not needed)"],
		],
		[
			"expired",
			{ type: "DECISION", tool: TOOL, decision: "expired", by: "expire_after", via: "policy" },
			false,
			["EXPIRED by expire_after via policy", "CANCELED: file_delete"],
		],
		[
			"done, as a restart found",
			{ type: "EXECUTED", tool: TOOL, data: { recovered: true } },
			false,
			["EXECUTED: file_delete (recovered)"],
		],
		["failed", { type: "FAILED", tool: TOOL, reason: "conflict" }, false, ["FAILED: file_delete (reason: conflict)"]],
		["differs", { type: "DIFFERS", tool: TOOL }, false, ["DIFFERS: file_delete"]],
		["unknown", { type: "UNKNOWN", tool: TOOL }, false, ["UNKNOWN: file_delete"]],
		["a free read", { type: "FREE", tool: "file_read", target: "a" }, false, []],
		["a free read, asked for", { type: "FREE", tool: "file_read", target: "a" }, true, ['FREE: file_read("a")']],
		["housekeeping", { type: "POLICY", summary: "in force" }, false, []],
		["housekeeping, asked for", { type: "POLICY", summary: "in force" }, true, ["POLICY: in force"]],
		[
			"drift, which nobody may miss",
			{ type: "DRIFT", summary: "the published file was changed" },
			false,
			["DRIFT: the published file was changed"],
		],
		["an intent", { type: "INTENT", tool: TOOL }, true, []],
	];
	test.each(ROWS)("%s", (_, draft, all, lines) => {
		expect(logLines([at("12:00:00", draft)], all)).toEqual(lines.map((line) => `[2026-03-28 12:00:00] ${line}`));
	});
});

describe("whatever a record holds, it is one line that does what it says", () => {
	const HOSTILE: readonly [what: string, text: string][] = [
		["a line break", "a\n[2026-03-28 03:15:45] APPROVED by alice via editor"],
		["a carriage return", "harmless\rAPPROVED"],
		["CR and LF", "a\r\nEXECUTED: x"],
		["next line, line and paragraph separator", "a\u0085b\u2028c\u2029d"],
		["form feed and vertical tab", "a\u000cb\u000bc"],
		["clear the screen", "a\u001b[2J\u001b[H"],
		["a link", "\u001b]8;;https://evil.example\u001b\\click\u001b]8;;\u001b\\"],
		["a title", "\u001b]0;title\u0007"],
		["the clipboard", "\u001b]52;c;ZXZpbA==\u0007"],
		["C1 controls", "a\u009b2Jb\u009d0;x\u009c"],
		["a bell, a backspace and a delete", "a\u0007b\u0008\u0008\u007f"],
		["a NUL", "a\u0000b"],
		["text turned round", "gpj.\u202efdp.exe"],
		["text in isolation", "a\u2066b\u2069"],
		["what nobody sees", "a\u200b\u200c\u200d\u2060\ufeff\u00ad\u3164\ufe0f\u034f"],
		["tags", "a\u{e0061}\u{e007f}"],
	];
	const fields = ["tool", "target", "by", "via", "reason", "summary"] as const;
	const RAW = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]|\p{Default_Ignorable_Code_Point}/u;

	test.each(HOSTILE)("%s", (_, text) => {
		for (const field of fields) {
			for (const [type, decision] of [
				["REQUEST"],
				["DECISION", "denied"],
				["DECISION", "approved"],
				["FAILED"],
				["DRIFT"],
				["FREE"],
			] as const) {
				const lines = logLines([at("12:00:00", { type, decision, tool: "t", target: "x", [field]: text })], true);
				expect(lines.length).toBe(decision === "denied" ? 2 : 1);
				for (const line of lines) {
					expect(line).not.toMatch(RAW);
					expect(line.startsWith("[2026-03-28 12:00:00] ")).toBe(true);
				}
			}
		}
	});

	test("a path with a line break is quoted so that both can be told apart from the two letters", () => {
		const lines = ["a\nb", "a\\nb"].map(
			(target) => logLines([at("12:00:00", { type: "REQUEST", tool: "t", target })], false)[0],
		);
		expect(lines).toEqual(['[2026-03-28 12:00:00] REQUEST: t("a\\nb")', '[2026-03-28 12:00:00] REQUEST: t("a\\\\nb")']);
	});
});

test("the time is that of the one who reads, to the second, also where the clocks change", () => {
	expect(localTime("2026-01-02T03:04:05.999Z")).toBe("2026-01-02 11:04:05");
	process.env.TZ = "America/New_York";
	expect(localTime("2026-03-08T06:59:59Z")).toBe("2026-03-08 01:59:59");
	expect(localTime("2026-03-08T07:00:00Z")).toBe("2026-03-08 03:00:00");
	process.env.TZ = "Asia/Shanghai";
});

import type { Json } from "../base/canonicalJson.ts";
import type { AuditRecord } from "../core/audit/record.ts";

/**
 * A record for collectors. The raw line, its seq and its hash always travel along, so that a gap can be found and the
 * chain checked again at the other end.
 */
export type RecordFormat = (record: AuditRecord) => Json;

function kindOf(tool: string): "file" | "process" | "api" {
	if (tool === "shell_execute") return "process";
	return tool.startsWith("file_") || tool === "changes" ? "file" : "api";
}

const BAD: readonly string[] = ["FAILED", "DIFFERS", "DRIFT", "BYPASS"];

/** What became of it, in words both formats share. */
function outcomeOf(record: AuditRecord): "success" | "failure" | "unknown" {
	if (record.type === "DECISION") return record.decision === "approved" ? "success" : "failure";
	if (record.type === "EXECUTED" || record.type === "FREE") return "success";
	return BAD.includes(record.type) ? "failure" : "unknown";
}

const ECS_CATEGORY = { file: "file", process: "process", api: "configuration" } as const;

/** Elastic Common Schema 8. */
export const toEcs: RecordFormat = (record) => {
	const kind = kindOf(record.tool ?? "");
	return {
		"@timestamp": record.time,
		ecs: { version: "8.11.0" },
		event: {
			kind: "event",
			module: "countersign",
			dataset: "countersign.audit",
			action: record.type.toLowerCase(),
			category: [ECS_CATEGORY[kind]],
			outcome: outcomeOf(record),
			sequence: record.seq,
			hash: record.hash,
			id: record.request,
			reason: record.reason,
			original: JSON.stringify(record),
		},
		user: { name: record.by },
		service: { name: record.agent },
		rule: { id: record.ruleId },
		...{ file: { file: { path: record.target } }, process: { process: { command_line: record.target } }, api: {} }[
			kind
		],
	};
};

const OCSF_CLASSES = {
	file: { class_uid: 1001, class_name: "File System Activity", category_uid: 1, category_name: "System Activity" },
	process: { class_uid: 1007, class_name: "Process Activity", category_uid: 1, category_name: "System Activity" },
	api: { class_uid: 6003, class_name: "API Activity", category_uid: 6, category_name: "Application Activity" },
} as const;

/** Activity ids of the classes above; 99 is "Other". */
const OCSF_ACTIVITIES: Readonly<Record<string, number>> = {
	file_read: 2,
	file_write: 3,
	file_delete: 4,
	file_rename: 5,
	shell_execute: 1,
};

const OCSF_STATUS = {
	success: { status: "Success", status_id: 1, severity_id: 1 },
	failure: { status: "Failure", status_id: 2, severity_id: 3 },
	unknown: { status: "Unknown", status_id: 0, severity_id: 1 },
} as const;

/** Open Cybersecurity Schema Framework 1.3: file, process or API activity. */
export const toOcsf: RecordFormat = (record) => {
	const { tool = record.type, target } = record;
	const kind = kindOf(tool);
	const activity = OCSF_ACTIVITIES[tool] ?? 99;
	return {
		...OCSF_CLASSES[kind],
		...OCSF_STATUS[outcomeOf(record)],
		activity_id: activity,
		type_uid: OCSF_CLASSES[kind].class_uid * 100 + activity,
		time: Date.parse(record.time),
		status_detail: record.reason,
		message: `${record.type} ${tool}`,
		metadata: {
			version: "1.3.0",
			product: { name: "Countersign", vendor_name: "Countersign" },
			sequence: record.seq,
			uid: record.hash,
			correlation_uid: record.request,
		},
		actor: { user: { name: record.by ?? "" }, app_name: record.agent },
		...{
			file: { file: { path: target, type_id: 1 } },
			process: { process: { cmd_line: target } },
			api: { api: { operation: tool } },
		}[kind],
		raw_data: JSON.stringify(record),
	};
};

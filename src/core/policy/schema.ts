import * as z from "zod";
import { ALLOW_COMMON, ALLOW_FIELDS, allowSchema, MAY_ALLOW } from "./allowRules.ts";
import { KEYS } from "./parsePolicy.ts";
import { SAYS, TOOL_WORDS } from "./ruleFields.ts";
import { RULE_COMMON, RULE_FIELDS, ruleSchema } from "./rules.ts";

/** As much of JSON Schema (draft 7) as a policy needs. */
export interface Schema {
	readonly description?: string;
	readonly type?: string;
	readonly enum?: readonly unknown[];
	readonly const?: unknown;
	readonly items?: Schema;
	readonly anyOf?: readonly Schema[];
	readonly properties?: Readonly<Record<string, Schema>>;
	readonly required?: readonly string[];
	readonly additionalProperties?: boolean;
	readonly [more: string]: unknown;
}

type Properties = Readonly<Record<string, Schema>>;

const toJson = (schema: z.ZodType) => z.toJSONSchema(schema, { target: "draft-7", io: "input" }) as Schema;

const withoutHead = ({ $schema: _, ...schema }: Schema): Schema => schema;

/** The keys of a policy, by the same rules as it is read. */
export function keySchemas(): Properties {
	const entries = Object.entries(KEYS).map(([key, schema]) => [key, withoutHead(toJson(schema))] as const);
	const keys: Properties = Object.fromEntries(entries);
	return { ...keys, rules: { ...keys.rules, items: { anyOf: ruleSchemas() } } };
}

/** What a rule of each effect and tool may say: each knows only its own fields. */
function ruleSchemas(): Schema[] {
	return [...MAY_ALLOW.map((tool) => ruleOf("allow", tool)), ...TOOL_WORDS.map((tool) => ruleOf("deny", tool))];
}

/** @param effect deny: or ask */
function ruleOf(effect: "allow" | "deny", tool: string): Schema {
	const fields = fieldSchemas(effect, tool);
	const must = Object.entries(ALLOW_FIELDS[tool as "file_read"] ?? {}).flatMap(([key, how]) =>
		how === "must" ? key : [],
	);
	return {
		type: "object",
		properties: { ...fields, tool: { description: SAYS.tool, const: tool } },
		required: ["id", "effect", "tool", ...(effect === "allow" ? must : [])],
		additionalProperties: false,
	};
}

/** The fields of a rule, each once, narrowed by what it says already. */
export function fieldSchemas(effect?: string, tool?: string): Properties {
	const isAllow = effect === "allow";
	const allow = toJson(allowSchema).properties ?? {};
	const tight = toJson(ruleSchema).properties ?? {};
	// Any JSON: its schema is recursive, and stands elsewhere.
	const { arguments: given } = allow;
	const all: Properties = { ...allow, arguments: { type: "object", description: given?.description ?? "" } };
	const known: Properties = effect === undefined ? { ...all, ...tight } : isAllow ? all : tight;
	const own: Readonly<Record<string, object>> = isAllow ? ALLOW_FIELDS : RULE_FIELDS;
	const fields = tool === undefined ? undefined : own[tool];
	if (!fields) return known;
	const names = [...(isAllow ? ALLOW_COMMON : RULE_COMMON), ...(Array.isArray(fields) ? fields : Object.keys(fields))];
	return Object.fromEntries(Object.entries(known).filter(([name]) => names.includes(name)));
}

/** For editors and whoever else reads JSON Schema: the keys at the top level, or under `plugins.approval`. */
export function policySchema(): Schema {
	const block: Schema = { type: "object", properties: keySchemas(), additionalProperties: false };
	const nested = (name: string, inner: Schema): Schema => ({
		type: "object",
		properties: { [name]: inner },
		required: [name],
		additionalProperties: false,
	});
	return {
		$schema: "http://json-schema.org/draft-07/schema#",
		title: "Countersign policy",
		description: "What an agent may do alone, and what needs your signature.",
		definitions: { policy: block },
		anyOf: [POLICY, nested("plugins", nested("approval", POLICY)), { type: "null" }],
	};
}

const POLICY: Schema = { $ref: "#/definitions/policy" };

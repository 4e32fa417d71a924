import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { DEFAULT_POLICY } from "../../../../src/core/policy/defaultPolicy.ts";
import { parsePolicy } from "../../../../src/core/policy/parsePolicy.ts";
import { fieldSchemas, keySchemas, policySchema, type Schema } from "../../../../src/core/policy/schema.ts";
import { BAD_POLICIES } from "../../store/badPolicies.ts";
import { THEMES } from "./table.ts";

const validate = new Ajv({ strict: false, validateFormats: false }).compile(policySchema());

function isValid(text: string): boolean {
	try {
		return validate(parse(text)) as boolean;
	} catch {
		return false;
	}
}

describe("the schema that editors read says what the reader of the policy says", () => {
	const GOOD = [
		DEFAULT_POLICY,
		DEFAULT_POLICY.replace(/^# (roots|protect):/gm, "$1:"),
		"",
		"# nothing\n",
		"plugins:\n  approval:\n    enabled: true\n",
	];
	const texts = [...GOOD, ...THEMES.map(({ policy }) => policy.replaceAll(/\$(WS|OUT|HOME)/g, "/ws"))];

	test("every good policy is valid", () => {
		for (const text of texts) {
			expect(parsePolicy(text, "/ws"), text).toHaveProperty("policy");
			expect(isValid(text), `${text} ${JSON.stringify(validate.errors)}`).toBe(true);
		}
	});

	/** What no schema says: what is in another place of the file, and what a glob, a host, a day or a program is. */
	const BEYOND =
		/two rules|host that|class that is|range in braces|allowing (out of|at home|the folder|by an alt|an interp|so many)|denying by|expiry before|day that is none|tag|alias|protecting|a tab/;

	test.each(BAD_POLICIES)("no bad one is: %s", (what, text) => {
		if (BEYOND.test(what)) return;
		expect(isValid(text)).toBe(false);
	});

	test("most of the bad ones are bad by it", () => {
		expect(BAD_POLICIES.filter(([, text]) => !isValid(text)).length).toBeGreaterThan(45);
	});
});

test("every key, and every field of a rule, says what it is", () => {
	const mute = (schemas: Readonly<Record<string, Schema>>) =>
		Object.entries(schemas).filter(([, { description }]) => !description || description.length > 200);
	expect(mute(keySchemas())).toEqual([]);
	expect(mute(fieldSchemas())).toEqual([]);
	expect(Object.keys(fieldSchemas("deny", "api_call"))).toEqual([
		"id",
		"effect",
		"tool",
		"host",
		"method",
		"agent",
		"reason",
	]);
	expect(Object.keys(fieldSchemas("allow", "shell_execute"))).not.toContain("agent");
});

test("the build writes it, and the package ships it", () => {
	expect(JSON.parse(readFileSync("dist/policy.schema.json", "utf8"))).toEqual(policySchema());
	const { contributes } = JSON.parse(readFileSync("package.json", "utf8"));
	expect(contributes.yamlValidation).toEqual([
		{ fileMatch: "**/.countersign/policy.yaml", url: "./dist/policy.schema.json" },
	]);
	expect(readFileSync(".vscodeignore", "utf8")).toContain("!dist/policy.schema.json");
});

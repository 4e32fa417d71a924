// What rules cost: the effect of one request, without the disk, against the same with no rule at all.
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildSync } from "esbuild";
import { pair } from "./pairs.mjs";

const TIMES = 20_000;
const PLACE = { folder: "/ws", home: "/home/u/.countersign" };

/** The rows, and whether the absolute figures are within the budget too. Microseconds. */
export async function policyRows() {
	const core = load();
	const read = { tool: "file_read", path: "src/a.ts" };
	const write = { tool: "file_write", path: "src/deep/er/a.ts", content: "x" };
	const none = core.policyOf([]);
	const costs = (policy, action) => () => core.time(policy, action, TIMES);
	const absolute = async (name, count, budget) => {
		const row = await pair(
			name,
			Number.POSITIVE_INFINITY,
			costs(none, write),
			costs(core.policyOf(mixed(count)), write),
		);
		// What 0 rules cost is the tool's own; the budget is for the rules.
		const micros = (row.candidate - row.floor) * 1000;
		return { ...row, budget: `${budget} us`, ratio: row.ratio, pass: micros <= budget };
	};
	return [
		await pair("rules.free", 1.1, costs(none, read), costs(core.policyOf(others(500)), read)),
		await absolute("rules.50", 50, 4),
		await absolute("rules.500", 500, 50),
	];
}

/** Of every effect and tool in turn, none of which is about the request. */
function mixed(count) {
	return Array.from({ length: count }, (_, at) => {
		const id = `r${at}`;
		const path = `lib${at}/**/*.ts`;
		const rules = [
			{ id, effect: "allow", tool: "file_write", path },
			{ id, effect: "deny", tool: "file_write", path },
			{ id, effect: "allow", tool: "shell_execute", argv: ["make", `t${at}`] },
			{ id, effect: "ask", tool: "file_read", path },
			{ id, effect: "deny", tool: "shell_execute", argv: ["git", `v${at}`] },
			{ id, effect: "allow", tool: "api_call", scheme: "https", host: `h${at}.example`, method: "GET" },
			{ id, effect: "deny", tool: "file_delete", path },
			{ id, effect: "allow", tool: "mcp_call", server: "s", name: `n${at}`, arguments: {} },
		];
		return rules[at % rules.length];
	});
}

const others = (count) =>
	mixed(count * 2)
		.filter(({ tool }) => tool !== "file_read")
		.slice(0, count);

/** The policy's own code, as the gate calls it. */
function load() {
	const folder = mkdtempSync(join(tmpdir(), "countersign-rules-"));
	const file = join(folder, "rules.cjs");
	const names = ["parsePolicy", "evaluate", "parts", "allowance"];
	const contents = names.map((name) => `export * from "./${name}.ts";`).join("\n");
	try {
		buildSync({
			stdin: { contents, resolveDir: resolve("src/core/policy"), loader: "ts" },
			bundle: true,
			platform: "node",
			format: "cjs",
			mainFields: ["module", "main"],
			outfile: file,
			logLevel: "error",
		});
		const { parsePolicy, evaluate, partsOf, allowance } = createRequire(import.meta.url)(file);
		const policyOf = (rules) => {
			const found = parsePolicy(JSON.stringify({ rules }), PLACE.folder);
			if (found.errors) throw new Error(JSON.stringify(found.errors[0]));
			return found.policy;
		};
		const once = (policy, action, paths) => {
			const verdict = evaluate(action, paths, policy, PLACE, "agent");
			if (verdict.effect !== "ask") return verdict;
			const parts = partsOf(action, paths, PLACE.folder, undefined);
			return parts && allowance(policy, parts, "s", 0, () => 0);
		};
		/** Ms for one. */
		const time = (policy, action, times) => {
			const lexical = `${PLACE.folder}/${action.path}`;
			const facts = {
				given: action.path,
				lexical,
				canonical: lexical,
				kind: "file",
				dev: 1,
				ino: 1,
				mode: 0o644,
				nlink: 1,
				size: 1,
				parents: "",
			};
			const from = performance.now();
			for (let round = 0; round < times; round++) once(policy, action, [facts]);
			return (performance.now() - from) / times;
		};
		return { policyOf, time };
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

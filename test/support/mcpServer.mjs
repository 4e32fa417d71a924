// An MCP server over stdio with one tool: `deploy` writes deployed.txt where it was told to. node mcpServer.mjs FOLDER
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const tool = {
	name: "deploy",
	description: "Deploy to an environment",
	inputSchema: { type: "object", properties: { environment: { type: "string" } }, required: ["environment"] },
};
const results = {
	initialize: ({ protocolVersion }) => ({
		protocolVersion,
		capabilities: { tools: {} },
		serverInfo: { name: "demo", version: "1.0.0" },
	}),
	ping: () => ({}),
	"tools/list": () => ({ tools: [tool] }),
	"tools/call": ({ arguments: { environment } }) => {
		writeFileSync(join(process.argv[2] ?? ".", "deployed.txt"), `${environment}\n`);
		return { content: [{ type: "text", text: `deployed to ${environment}` }] };
	},
};

createInterface({ input: process.stdin }).on("line", (line) => {
	const { id, method, params } = JSON.parse(line);
	if (id === undefined) return;
	const result = results[method];
	const answer = result ? { result: result(params) } : { error: { code: -32601, message: `No ${method} here.` } };
	process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, ...answer })}\n`);
});

import { provisionClaude } from "./agentCache.ts";
import { PACKAGED_AGENTS, provisionAgent } from "./agentPackages.ts";
import { provisionChromium } from "./vscode/chromium.ts";
import { provisionCodeServer } from "./vscode/codeServer.ts";

// What tests need once per machine, before any test's clock runs. Done already, it takes no time.

async function main(): Promise<void> {
	await provisionClaude();
	for (const agent of PACKAGED_AGENTS) await provisionAgent(agent);
	await provisionCodeServer();
	await provisionChromium();
}

main().catch((error: unknown) => {
	console.error(error instanceof Error ? error.message : error);
	process.exit(1);
});

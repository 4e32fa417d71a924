import type { Page } from "playwright-core";

/** The workbench's address for a folder, a .code-workspace file or an empty window. @param payload only a server with the driver heeds it */
export function addressOf(
	server: string,
	workspace: string | undefined,
	payload: readonly (readonly [string, string])[] = [],
) {
	const address = new URL(server);
	if (workspace === undefined) address.searchParams.set("ew", "true");
	else address.searchParams.set(workspace.endsWith(".code-workspace") ? "workspace" : "folder", workspace);
	if (payload.length > 0) address.searchParams.set("payload", JSON.stringify(payload));
	return address.href;
}

const proposed = /is a proposed menu identifier|CANNOT use API proposal/;

/** Tells of every use of an API that no published extension may use. */
export function onProposedApi(page: Page, tell: (text: string) => void): void {
	page.on("console", (message) => {
		if (proposed.test(message.text())) tell(message.text());
	});
}

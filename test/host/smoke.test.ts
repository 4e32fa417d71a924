import { strictEqual } from "node:assert";
import { describe, it } from "mocha";
import { extensions, workspace } from "vscode";
import { findDiscovery } from "../../src/store/discovery.ts";
import { homeAt } from "../../src/store/home.ts";
import { until } from "./until.ts";

describe("the extension", () => {
	it("activates, and the gate of the folder is ours", async () => {
		await extensions.getExtension("countersign.countersign")?.activate();
		const [folder] = workspace.workspaceFolders ?? [];
		const discovery = await until(() => findDiscovery(homeAt(), folder?.uri.fsPath ?? "", ""));
		strictEqual(discovery.pid, process.pid);
	});
});

import { strictEqual } from "node:assert";
import { describe, it } from "mocha";
import { extensions } from "vscode";

describe("the extension", () => {
	it("is there and activates", async () => {
		const own = extensions.getExtension("countersign.countersign");
		await own?.activate();
		strictEqual(own?.isActive, true);
	});
});

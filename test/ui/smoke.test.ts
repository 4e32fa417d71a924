import { afterAll, beforeAll, expect, it } from "vitest";
import { tempDir } from "../support/tempDir.ts";
import { openWindow, type Window } from "../support/vscode/window.ts";

let window: Window;

beforeAll(async () => {
	window = await openWindow({ folders: [tempDir("folder-")] });
});

afterAll(() => window?.close());

it("the window shows the Countersign view", async () => {
	const sideBar = await window.view();
	expect(await sideBar.isVisible()).toBe(true);
});

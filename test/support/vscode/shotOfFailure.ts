import { afterEach } from "vitest";
import { openWindows } from "./window.ts";

/** What the windows showed when a test failed. */
afterEach(async ({ task }) => {
	if (task.result?.state !== "fail") return;
	const name = task.name.replace(/\W+/g, "-").slice(0, 60);
	for (const [index, window] of [...openWindows].entries()) {
		const path = `dist/failures/${name}-${index + 1}.png`;
		await window.screenshot(path);
		console.error(`What was on screen: ${path}`);
	}
});

import type { Window } from "./window.ts";

/** Where a person is in the file of the active editor: its first line on screen, and how far that is scrolled. */
export async function scrollOf({ page }: Window): Promise<string> {
	const editor = page.locator(".editor-group-container.active .editor-instance .monaco-editor").first();
	return await editor.evaluate((shown) => {
		const { top } = shown.getBoundingClientRect();
		const lines = [...shown.querySelectorAll(".margin-view-overlays .line-numbers")].map((line) => ({
			name: line.textContent ?? "",
			box: line.getBoundingClientRect(),
		}));
		const onScreen = lines.filter(({ box }) => box.bottom > top + 1);
		const [first] = onScreen.sort((one, other) => one.box.top - other.box.top);
		return first ? `line ${first.name}, ${Math.round(first.box.top - top)} px` : "";
	});
}

/** Turns the wheel over the active editor, and waits until it has scrolled. */
export async function scroll(window: Window, by: number): Promise<void> {
	const { page } = window;
	const before = await scrollOf(window);
	const box = await page.locator(".editor-group-container.active .editor-instance").first().boundingBox();
	if (!box) throw new Error("There is no editor.");
	await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
	await page.mouse.wheel(0, by);
	for (let last = before; ; ) {
		await page.waitForTimeout(200);
		const now = await scrollOf(window);
		if (now !== before && now === last) return;
		last = now;
	}
}

/** The marks beside the scrollbar of the active editor: each row of it, from the top, as the colours it is drawn in. */
export async function rulerOf({ page }: Window): Promise<string[]> {
	const ruler = page.locator(".editor-group-container.active .editor-instance canvas.decorationsOverviewRuler").first();
	return await ruler.evaluate((element) => {
		const canvas = element as unknown as Canvas;
		const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
		return Array.from({ length: canvas.height }, (_, row) => {
			const start = row * canvas.width * 4;
			const pixels = Array.from({ length: canvas.width }, (_, x) => [...data.slice(start + x * 4, start + x * 4 + 3)]);
			return [...new Set(pixels.map((pixel) => pixel.join()))].join(" ");
		});
	});
}

interface Canvas {
	readonly width: number;
	readonly height: number;
	getContext(kind: "2d"): {
		getImageData(x: number, y: number, width: number, height: number): { readonly data: Uint8ClampedArray };
	};
}

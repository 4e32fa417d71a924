import { expect, test } from "vitest";
import type { Disposable } from "../../../src/base/disposable.ts";
import { Emitter } from "../../../src/base/emitter.ts";

test("listeners hear in the order in which they came, and no longer once they are disposed", () => {
	const emitter = new Emitter<number>();
	const heard: string[] = [];
	const first = emitter.event((value) => heard.push(`first ${value}`));
	emitter.event((value) => heard.push(`second ${value}`));
	emitter.fire(1);
	first.dispose();
	first.dispose();
	emitter.fire(2);
	expect(heard).toEqual(["first 1", "second 1", "second 2"]);
});

test("who comes or goes while it fires changes the next time only", () => {
	const emitter = new Emitter<void>();
	const heard: string[] = [];
	let late: Disposable = { dispose: () => undefined };
	emitter.event(() => {
		heard.push("early");
		late.dispose();
		emitter.event(() => heard.push("new"));
	});
	late = emitter.event(() => heard.push("late"));
	emitter.fire();
	expect(heard).toEqual(["early", "late"]);
	heard.length = 0;
	emitter.fire();
	expect(heard).toEqual(["early", "new"]);
});

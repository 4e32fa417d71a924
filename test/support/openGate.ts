import { type OwnOptions, openGate } from "../../src/owner/ownFolder.ts";
import { homeAt } from "../../src/store/home.ts";
import type { Place } from "./gateProcess.ts";

/** A gate in this process, on the real disk, without an endpoint. `warnings`: what its people were told. */
export async function openTestGate(place: Place, options: Partial<OwnOptions> = {}) {
	const warnings: string[] = [];
	const opened = await openGate({
		home: homeAt(place.home),
		workspace: place.workspace,
		owner: "serve",
		version: "0",
		adapters: [],
		tcp: false,
		warn: (message) => warnings.push(message),
		...options,
	});
	return { ...opened, warnings };
}

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openChannels } from "../../src/away/channels.ts";
import type { AuditRecord } from "../../src/core/audit/record.ts";
import { folderIdOf, homeAt } from "../../src/store/home.ts";
import { journalOf, type Place } from "./gateProcess.ts";
import { openTestGate } from "./openGate.ts";
import type { TelegramDouble } from "./telegramDouble.ts";

export const setChannels = (place: Place, text: string) =>
	writeFileSync(join(place.home, "channels.yaml"), text, { mode: 0o600 });

/** A gate in this process whose person has a phone; nobody is at the desk. `warnings`: what the desk was told. */
export async function openPhone(
	place: Place,
	telegram: TelegramDouble,
	settings = telegram.settings(),
	attended = false,
) {
	setChannels(place, settings);
	const opened = await openTestGate(place);
	const warnings: string[] = [];
	const home = homeAt(place.home);
	const channels = openChannels(() => attended)({
		gate: opened.gate,
		blobs: opened.blobs,
		policy: () => opened.policy.inForce(),
		record: (draft) => opened.journal.append(draft),
		warn: (message) => warnings.push(message),
		home,
		workspace: place.workspace,
		folderId: folderIdOf(place.workspace),
		owner: "serve",
		failpoint: () => undefined,
	});
	return {
		gate: opened.gate,
		warnings,
		records: async (type: AuditRecord["type"]) => (await journalOf(place)).filter((record) => record.type === type),
		close: async () => {
			await channels.close();
			await opened.close();
		},
	};
}

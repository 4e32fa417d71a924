import type { Request } from "../../core/request.ts";
import { SHOWN } from "../../present/document.ts";
import { LONG } from "../../present/unseen.ts";
import type { View } from "../review/view.ts";
import { changesLooks } from "../settings.ts";

/** A document of more lines is not seen at one glance. */
const SCREEN = 40;

/** Why a request is asked about once more, in a dialog; none: one approval is enough. */
export function secondLook(request: Request, view: View): readonly string[] {
	const { tier, why } = request.plan;
	const reasons = tier === "high" || tier === "protected" ? [...why] : [];
	if (reasons.length === 0 && (tier === "high" || tier === "protected")) reasons.push(`It is ${tier}.`);
	if (view.kind === "document") reasons.push(...unseen(request, view));
	else reasons.push(...view.unseen.filter((said) => said.startsWith(LONG)));
	if (changesLooks())
		reasons.push("This workspace changes the colours or the font of the editor: what is on screen may not show.");
	return reasons;
}

function unseen(request: Request, view: View): string[] {
	const lines = [...view.contents.values()].reduce(
		(sum, bytes) => sum + Buffer.from(bytes).toString("utf8").split("\n").length,
		0,
	);
	const size = Math.max(
		0,
		...request.plan.targets.map(({ base, proposed }) => Math.max(base?.size ?? 0, proposed?.size ?? 0)),
	);
	const isHex = request.action.tool === "file_write";
	return [
		...(lines > SCREEN ? [`It is longer than a screen: ${lines} lines.`] : []),
		...(isHex && size > SHOWN ? [`Only the first ${SHOWN} of ${size} bytes are shown.`] : []),
	];
}

import * as vscode from "vscode";
import type { Request } from "../../core/request.ts";
import type { WindowGates } from "../gates/windowGates.ts";
import type { Reviews } from "./reviews.ts";

const OURS = "countersign.countersign";
/** `/<seq>/<the first eight digits of the binding>`, as a card on a phone is headed. */
const PATH = /^\/(\d{1,12})\/([0-9a-f]{8})$/;

/** An address that opens the request in the editor; who follows it has decided nothing. */
export const linkTo = ({ seq, binding }: Request): string =>
	`${vscode.env.uriScheme}://${OURS}/${seq}/${binding.slice(0, 8)}`;

/** Opens what an address names. Anybody can write one, so it does nothing else, and the editor asks before it comes here. */
export class Links implements vscode.UriHandler {
	private readonly gates: WindowGates;
	private readonly reviews: Reviews;

	constructor(gates: WindowGates, reviews: Reviews) {
		this.gates = gates;
		this.reviews = reviews;
	}

	async handleUri({ path }: vscode.Uri): Promise<void> {
		const [, seq, head = ""] = PATH.exec(path) ?? [];
		const named = [...this.gates.waiting(), ...this.gates.decided()].filter(
			({ request }) => request.seq === Number(seq),
		);
		// A later revision is bound anew; its number it keeps.
		const found =
			named.find(({ request }) => request.binding.startsWith(head)) ?? (named.length === 1 ? named[0] : undefined);
		if (found) return this.reviews.open(found.request);
		void vscode.window.showInformationMessage(
			"Countersign: no request of this window's folders is named by that link. Open its folder, then follow the link again.",
		);
	}
}

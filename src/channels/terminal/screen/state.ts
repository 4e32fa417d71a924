import type { Choice } from "../../../core/gateTypes.ts";
import type { Request } from "../../../core/request.ts";
import type { Key } from "./keys.ts";
import type { Style } from "./line.ts";
import type { Written } from "./lineEditor.ts";

/** The screen as values: what is on it, what comes in, what goes out. Nothing here knows a terminal or a gate. */

export interface Size {
	readonly columns: number;
	readonly rows: number;
}

export interface PageLine {
	/** Without control characters: what is another's is escaped. */
	readonly text: string;
	readonly style?: Style;
	/** Broken between words where it is too long; else anywhere, so that nothing of it is moved. */
	readonly isProse?: boolean;
}

/** A text to read. */
export interface Page {
	readonly lines: readonly PageLine[];
	/** The status and outcome of the request that it was made of. */
	readonly of?: string;
	/** Why what would be approved does not stand on it whole. */
	readonly missing?: string;
}

/** How far a person has come in a page. Rows are those of the wrapped lines. */
export interface Reading {
	readonly top: number;
	/** Since when its end has been on the screen, monotonic ms; undefined: it was not yet. */
	readonly endSince: number | undefined;
}

export interface Opened extends Reading {
	readonly kind: "request";
	readonly id: string;
	/** The one that the page shows, and that an approval is of. */
	readonly revision: number;
	/** Undefined: it is being read. */
	readonly page: Page | undefined;
}

export interface Sheet extends Reading {
	readonly kind: "sheet";
	readonly title: string;
	readonly page: Page;
	/** Of the policy: the line that commands are written in. */
	readonly command?: Written;
}

export type View = { readonly kind: "queue" } | Opened | Sheet;

/** A question that stands at the bottom; everything typed goes there. `since`: monotonic ms. */
export type Asking =
	| {
			readonly kind: "approve";
			readonly id: string;
			readonly revision: number;
			/** What has to be typed. */
			readonly word: string;
			readonly written: Written;
			readonly since: number;
	  }
	| {
			readonly kind: "deny";
			readonly id: string;
			readonly written: Written;
			readonly since: number;
			/** Enter was pressed on an empty line once. */
			readonly isSure: boolean;
	  };

export interface Note {
	readonly text: string;
	readonly style: Style;
}

export interface State {
	readonly size: Size;
	readonly workspace: string;
	/** As they were when the queue last changed. */
	readonly waiting: readonly Request[];
	readonly decided: readonly Request[];
	/** The id that the mark is on. */
	readonly selected: string | undefined;
	/** The first row of the list that is on the screen. */
	readonly first: number;
	readonly view: View;
	readonly asking: Asking | undefined;
	readonly note: Note | undefined;
	/** q was pressed at the top: once more leaves. */
	readonly isLeaving: boolean;
	/** What the gate said, latest last. */
	readonly messages: readonly string[];
}

export type Event =
	| { readonly kind: "key"; readonly key: Key }
	| { readonly kind: "resize"; readonly size: Size }
	| { readonly kind: "queue"; readonly waiting: readonly Request[]; readonly decided: readonly Request[] }
	/** What `load` found. */
	| { readonly kind: "page"; readonly id: string; readonly revision: number; readonly page: Page }
	/** What the policy answered. */
	| { readonly kind: "policy"; readonly lines: readonly PageLine[] }
	| { readonly kind: "open"; readonly id: string }
	| { readonly kind: "message"; readonly text: string }
	/** How a decision of ours ended. */
	| { readonly kind: "decided"; readonly id: string; readonly text: string }
	| { readonly kind: "refused"; readonly text: string };

export type Command =
	| { readonly kind: "load"; readonly id: string }
	| { readonly kind: "decide"; readonly id: string; readonly choice: Choice }
	| { readonly kind: "revert"; readonly id: string }
	| { readonly kind: "policy"; readonly line: string }
	| { readonly kind: "redraw" }
	| { readonly kind: "suspend" }
	| { readonly kind: "quit" };

export interface Step {
	readonly state: State;
	readonly commands: readonly Command[];
}

export const stay = (state: State, ...commands: Command[]): Step => ({ state, commands });

export const say = (state: State, text: string, style: Style = "grave"): State => ({ ...state, note: { text, style } });

export const find = (state: State, id: string | undefined): Request | undefined =>
	[...state.waiting, ...state.decided].find((request) => request.id === id);

export function start(workspace: string, size: Size): State {
	const nothing = { selected: undefined, first: 0, asking: undefined, note: undefined, isLeaving: false };
	return { size, workspace, waiting: [], decided: [], messages: [], view: { kind: "queue" }, ...nothing };
}

/** Rows between the head and the foot, which are two each. */
export const bodyRows = ({ rows }: Size): number => Math.max(1, rows - 4);

/** One key, or one paste. */
export interface Key {
	/** `up`, `enter`, `escape`, `paste`, …; of a character itself. */
	readonly name: string;
	/** What it types; "" for a key that types nothing. */
	readonly text: string;
	/** It did not come alone: pasted without a mark, or typed ahead. Such keys decide nothing. */
	readonly isBurst: boolean;
}

const SEQUENCES: Readonly<Record<string, string>> = {
	"[A": "up",
	"[B": "down",
	"[C": "right",
	"[D": "left",
	OA: "up",
	OB: "down",
	OC: "right",
	OD: "left",
	"[H": "home",
	"[F": "end",
	OH: "home",
	OF: "end",
	"[1~": "home",
	"[7~": "home",
	"[4~": "end",
	"[8~": "end",
	"[3~": "delete",
	"[5~": "pageup",
	"[6~": "pagedown",
};
const CONTROLS: Readonly<Record<string, string>> = {
	"\r": "enter",
	"\n": "enter",
	"\x1b": "escape",
	"\x7f": "backspace",
	"\b": "backspace",
	"\x03": "interrupt",
	"\x0c": "redraw",
	"\x15": "clear",
	"\x1a": "suspend",
};
const PASTE = /^\x1b\[200~([\s\S]*?)\x1b\[201~/;
const SEQUENCE = /^\x1b(\[[0-9;?]*[ -/]*[@-~]|O[A-Za-z])/;
/** What may go on with the next chunk. */
const OPEN = /^\x1b(?:$|\[[0-9;?]*[ -/]*$|O$)|^\x1b\[200~/;

/** Makes keys of what a terminal sends. A paste is one key, whatever it holds. */
export class KeyReader {
	private pending = "";

	/** Whether an escape waits for what may follow it. */
	get isOpen(): boolean {
		return this.pending !== "";
	}

	read(chunk: string): Key[] {
		const found: Omit<Key, "isBurst">[] = [];
		let rest = this.pending + chunk;
		this.pending = "";
		while (rest !== "") {
			const [key, length] = next(rest);
			if (length === 0) {
				this.pending = rest;
				break;
			}
			if (key) found.push(key);
			rest = rest.slice(length);
		}
		return found.map((key) => ({ ...key, isBurst: found.length > 1 }));
	}

	/** Nothing followed: it was the key itself. An open paste stays open. */
	flush(): Key[] {
		if (this.pending.startsWith("\x1b[200~")) return [];
		this.pending = "";
		return [{ name: "escape", text: "", isBurst: false }];
	}
}

/** The first key of it, if it means anything, and how long it is; 0: more has to come. */
function next(input: string): [Omit<Key, "isBurst"> | undefined, number] {
	const paste = PASTE.exec(input);
	if (paste) return [{ name: "paste", text: paste[1] ?? "" }, paste[0].length];
	if (OPEN.test(input)) return [undefined, 0];
	const sequence = SEQUENCE.exec(input);
	if (sequence) {
		const name = SEQUENCES[sequence[1] ?? ""];
		return [name === undefined ? undefined : { name, text: "" }, sequence[0].length];
	}
	const character = String.fromCodePoint(input.codePointAt(0) ?? 0);
	const control = CONTROLS[character];
	if (control !== undefined) return [{ name: control, text: "" }, character.length];
	if (/[\u0000-\u001f\u0080-\u009f]/.test(character)) return [undefined, character.length];
	return [{ name: character, text: character }, character.length];
}

import type { ChannelParts } from "../../owner/ownFolder.ts";

type Opened = { close(): Promise<void> };
type Open = (parts: ChannelParts) => Opened;

/** The ways of this window's gates to people who are away. They let go of their bots while a phone is paired with one. */
export class Reach {
	private readonly make: Open;
	private readonly open = new Map<ChannelParts, Opened | undefined>();
	private isLetGo = false;

	constructor(make: Open) {
		this.make = make;
	}

	readonly openChannels: Open = (parts) => {
		this.open.set(parts, this.isLetGo ? undefined : this.make(parts));
		return {
			close: async () => {
				const opened = this.open.get(parts);
				this.open.delete(parts);
				await opened?.close();
			},
		};
	};

	/** Whatever becomes of the work, they listen again after it. */
	async whileLetGo<T>(work: () => Promise<T>): Promise<T> {
		if (this.isLetGo) throw new Error("A phone is being connected already.");
		this.isLetGo = true;
		try {
			await Promise.all([...this.open.values()].map((opened) => opened?.close()));
			return await work();
		} finally {
			this.isLetGo = false;
			for (const parts of this.open.keys()) this.open.set(parts, this.make(parts));
		}
	}
}

import type { Disposable } from "./disposable.ts";

export type Event<T> = (listener: (value: T) => void) => Disposable;

/** Listeners run in order of subscription; one that throws does not keep the others from hearing. */
export class Emitter<T> {
	private readonly listeners = new Set<(value: T) => void>();

	readonly event: Event<T> = (listener) => {
		this.listeners.add(listener);
		return { dispose: () => this.listeners.delete(listener) };
	};

	fire(value: T): void {
		for (const listener of [...this.listeners]) {
			try {
				listener(value);
			} catch (error) {
				queueMicrotask(() => {
					throw error;
				});
			}
		}
	}

	/** Once all that is ready to run has run, and before anything else comes in: whoever asked has its answer by then. */
	fireSoon(value: T): void {
		process.nextTick(() => this.fire(value));
	}
}

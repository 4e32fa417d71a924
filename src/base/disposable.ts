/** Whoever subscribes gets one of these back. */
export interface Disposable {
	dispose(): void;
}

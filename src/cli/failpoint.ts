/**
 * `COUNTERSIGN_FAILPOINT=name[:n]` kills this process, as a power cut would, when it comes by the named point for the
 * nth time: how the tests stop a real gate between two durable steps. It can only stop, so it fails closed.
 */
export function failpointFromEnvironment(): (name: string) => void {
	const [wanted, count = "1"] = (process.env.COUNTERSIGN_FAILPOINT ?? "").split(":");
	if (!wanted) return () => undefined;
	let left = Number(count);
	return (name) => {
		if (name === wanted && --left === 0) process.kill(process.pid, "SIGKILL");
	};
}

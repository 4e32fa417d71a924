/** What this process has worked so far, ms: how busy the machine is with other tests takes no part in that. */
export function worked(): number {
	const { user, system } = process.cpuUsage();
	return (user + system) / 1000;
}

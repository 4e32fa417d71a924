import { defineConfig } from "vitest/config";

const long = process.env.COUNTERSIGN_LONG === "1";

export default defineConfig({
	test: {
		projects: [
			// Thousands of random cases in one test, three files at once on two cores: the end is for what hangs.
			{ test: { name: "unit", include: ["test/unit/**/*.test.ts"], testTimeout: 120_000, pool: "forks" } },
			{
				test: {
					name: "e2e",
					include: ["test/e2e/**/*.test.ts"],
					// Real agents on two busy cores: a proof of one of them tries six gates, and waits for a killed one each time.
					testTimeout: long ? 1_800_000 : 300_000,
					hookTimeout: 300_000,
					pool: "forks",
				},
			},
			{
				test: {
					name: "bench",
					include: ["test/bench/*.bench.ts"],
					globalSetup: "test/support/vscode/globalSetup.ts",
					hookTimeout: 120_000,
				},
			},
			{
				test: {
					name: "ui",
					include: ["test/ui/**/*.test.ts"],
					globalSetup: "test/support/vscode/globalSetup.ts",
					setupFiles: "test/support/vscode/shotOfFailure.ts",
					testTimeout: 60_000,
					hookTimeout: 120_000,
					expect: { poll: { timeout: 15_000, interval: 100 } },
					pool: "forks",
					// One editor at a time: two would share two cores and make each other late.
					fileParallelism: false,
				},
			},
		],
	},
});

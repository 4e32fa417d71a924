import { afterEach, expect, test } from "vitest";
import { Desk, meanIt, read, settle } from "../support/vscode/desk.ts";

/** What a person sees, in every theme: to be looked at, and the pictures of the README (COUNTERSIGN_PICTURES=1). */
const THEMES = { dark: "Default Dark Modern", light: "Default Light Modern", contrast: "Default High Contrast" };
const OF_README = ["inline-dark", "review-dark", "dialog-dark"];
const folderOf = (name: string) =>
	process.env.COUNTERSIGN_PICTURES === "1" && OF_README.includes(name) ? "docs/images" : "dist/shots";

const LONG =
	"packages/billing-service/src/main/resources/environments/production/europe/invoices/templates/reminder.yaml";
const SERVER = `import { createServer } from "node:http";

const port = 80;
const host = "localhost";

export const server = createServer((request, response) => {
	response.end(\`Hello from \${host}\`);
});

server.listen(port);
`;
const big = (word: string) =>
	Array.from({ length: 5000 }, (_, at) => `export const ${word}${at % 7 ? "" : "New"}${at} = ${at};\n`).join("");

let desk: Desk | undefined;

afterEach(async () => {
	await desk?.close();
	desk = undefined;
});

test.for(Object.entries(THEMES))(
	"%s: the queue, a diff, a change in the open file, a command and a dialog can be read",
	{ timeout: 180_000 },
	async ([name, theme]) => {
		desk = await Desk.open(
			{
				"src/server.js": SERVER,
				"src/big.ts": big("value"),
				"production/config.yml": "database: main\npassword_file: /run/secrets/db\n",
				"cache/tmp.log": "old\n",
				[LONG]: "days: 14\n",
			},
			{ theme },
		);
		const { window } = desk;
		const shot = async (what: string) => {
			// Away from everything that shows a tip under it.
			await window.page.mouse.move(760, 700);
			await settle(window);
			await window.screenshot(`${folderOf(`${what}-${name}`)}/${what}-${name}.png`);
		};

		await window.openFile("server.js");
		await desk.ask({ tool: "file_write", path: "src/server.js", edits: [{ old: "port = 80", new: "port = 8080" }] });
		await window.page.locator(".codelens-decoration a:visible", { hasText: "Approve" }).waitFor();
		await shot("inline");

		await desk.ask({ tool: "file_delete", path: "cache/tmp.log" }, "Clears the cache.");
		await desk.ask({ tool: "file_delete", path: "production/config.yml" }, "It looks like a temporary file.");
		await desk.ask(
			{ tool: "shell_execute", command: "npm ci && npm test -- --reporter=dot" },
			"Checks that all still works.",
		);
		await desk.ask({ tool: "file_write", path: ".vscode/settings.json", content: "{}\n" });
		await desk.ask({
			tool: "file_write",
			path: desk.outside("hosts", "127.0.0.1 localhost\n"),
			content: "127.0.0.1 db\n",
		});
		await desk.ask({ tool: "file_write", path: LONG, content: "days: 7\n" });
		await window.view();
		await window.clickRow("delete config.yml");
		await window.activeTab("config.yml").waitFor();
		await settle(window);
		await window.command("Notifications: Clear All Notifications");
		await shot("review");

		await window.clickRow("run npm ci");
		await window.activeTab("run, asked by").waitFor();
		await shot("command");

		await read(window, "edit hosts", "hosts");
		await meanIt(window);
		await window.dialog().waitFor();
		await shot("dialog");
		await window.press("Escape");

		await desk.ask({ tool: "file_write", path: "src/big.ts", content: big("value").replaceAll("New", "Old") });
		await window.clickRow("edit big.ts");
		await window.activeTab("big.ts").waitFor();
		await window.page.locator(".editor.modified .line-insert").first().waitFor();
		await shot("big");

		for (let at = 8; at < 50; at++) {
			await desk.ask({ tool: "file_write", path: `src/module${at}/index.ts`, content: `export const at = ${at};\n` });
		}
		await window.statusBar("50 waiting").waitFor();
		await expect.poll(() => window.badge()).toBe("50");
		await shot("fifty");
	},
);

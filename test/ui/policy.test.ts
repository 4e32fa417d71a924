import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { tempDir } from "../support/tempDir.ts";
import { Desk, read, settle } from "../support/vscode/desk.ts";

const DOCS = 'rules:\n  - { id: docs, effect: allow, tool: file_write, path: "docs/**/*.md" } # mine\n';
const REPOSITORY = ".countersign/policy.yaml";
const FILES = { "docs/a.md": "a\n", "docs/b.md": "b\n", "src/app.ts": "app\n" };

let desk: Desk;

afterEach(() => desk?.close());

/** With a policy that the person has had for long. */
function homeWith(policy: string): { COUNTERSIGN_HOME: string } {
	const home = join(tempDir("home-"), ".countersign");
	mkdirSync(home, { mode: 0o700 });
	writeFileSync(join(home, "policy.yaml"), policy);
	return { COUNTERSIGN_HOME: home };
}

const policyPath = () => join(desk.window.countersignHome, "policy.yaml");
const policyText = () => readFileSync(policyPath(), "utf8");
const write = (path: string) => ({ tool: "file_write" as const, path, content: `${Math.random()}\n` });
const statusOf = async (path: string) => (await desk.stateOf(await desk.ask(write(path)))).status;
const button = (name: string) => desk.window.dialog().getByRole("button", { name, exact: true });

async function openTable(): Promise<void> {
	await desk.window.view();
	await desk.window.page.locator(".pane-header", { hasText: "What May Pass" }).click();
	await desk.window.row("May, without asking").waitFor();
}

/** A dialog that a person dismisses has answered nothing. */
async function dismiss(): Promise<void> {
	await desk.window.press("Escape");
	await desk.window.dialog().waitFor({ state: "detached" });
}

test("a rule made from a request lets the next one pass, whose row names it; in the table it is paused, let go on and deleted", async () => {
	desk = await Desk.open(FILES, { environment: homeWith("# my own\nprotect: []\n") });
	const { window } = desk;
	await window.view();
	const refused = await desk.ask(write("docs/b.md"));
	await read(window, "edit b.md");
	await window.command("Countersign: Deny…");
	await window.palette.pick("Deny without a reason");
	await refused.verdict;
	const asked = await desk.ask(write("docs/a.md"));
	await read(window, "edit a.md");
	await window.command("Countersign: Make a Rule…");
	await window.palette.box.getByText("Write docs/a.md in this folder").waitFor();
	expect(await window.palette.items()).toEqual([
		"Write docs/a.md in this folder",
		"Write docs/*.md in this folder",
		"Write docs/**/*.md in this folder",
		"Write docs/** in this folder",
	]);
	await window.screenshot("dist/shots/rule-scopes.png");
	await window.palette.pick("Write docs/*.md in this folder");
	await window.palette.box.getByText("In This Folder, for 8 Hours").waitFor();
	await window.screenshot("dist/shots/rule-limits.png");
	await window.press("Enter");
	const dialog = window.dialog();
	await dialog.getByText("Write docs/*.md in this folder: without asking, until").waitFor();
	await dialog.getByText("would have let pass 1 request, which you denied.").waitFor();
	await dialog.getByText("The request at hand keeps waiting for you.").waitFor();
	await settle(window);
	await window.screenshot("dist/shots/rule-dialog.png");
	await window.press("Enter");
	await window.palette.pick("Write docs/*.md in this folder");
	await window.palette.pick("In This Folder, for 30 Days");
	await dialog.waitFor();
	expect(policyText()).toBe("# my own\nprotect: []\n");
	await button("Make the Rule").click();
	await expect.poll(policyText).toContain('- { id: docs-md, effect: allow, tool: file_write, path: "docs/*.md"');
	expect(policyText()).toContain("# my own\nprotect: []\n");
	await window.toast("The rule docs-md holds from now on.").waitFor();
	expect(await desk.stateOf(asked)).toMatchObject({ status: "waiting" });

	const next = await desk.ask(write("docs/new.md"));
	expect(await next.verdict).toMatchObject({
		status: "approved",
		outcome: "executed",
		decision: { by: "rule docs-md" },
	});
	await window.clickRow("Decided");
	await window.row("create new.md").filter({ hasText: "approved by rule docs-md via policy, executed" }).waitFor();
	await desk.takeBack(asked);
	await window.statusBar("1 rule").waitFor();

	await openTable();
	const rule = window.row("Write docs/*.md in this folder");
	await rule.filter({ hasText: "used once, last" }).waitFor();
	await window.rowActionUntil(
		"Write docs/*.md in this folder",
		"Pause This Rule",
		rule.filter({ hasText: "paused · used once" }),
	);
	expect(await statusOf("docs/c.md")).toBe("waiting");
	await window.rowActionUntil("Write docs/*.md in this folder", "Let This Rule Allow Again…", dialog);
	await dialog.getByText("Let the rule docs-md allow again?").waitFor();
	await settle(window);
	await window.screenshot("dist/shots/rule-unpause.png");
	await window.press("Enter");
	await window.dialog().waitFor({ state: "detached" });
	expect(policyText()).toContain("paused: true");
	await window.rowActionUntil("Write docs/*.md in this folder", "Let This Rule Allow Again…", dialog);
	await button("Let It Allow Again").click();
	await expect.poll(policyText).not.toContain("paused");
	expect(await statusOf("docs/d.md")).toBe("approved");
	await rule.filter({ hasText: "used 2 times" }).waitFor();
	await window.rowActionUntil(
		"Write docs/*.md in this folder",
		"Open the Policy Here",
		window.activeTab("policy.yaml"),
	);
	await window.statusBar("Ln 4, Col 1").waitFor();
	await window.rowAction("Write docs/*.md in this folder", "Delete This Rule");
	await rule.waitFor({ state: "detached" });
	expect(policyText()).toBe("# my own\nprotect: []\nrules: []\n");
	expect(await statusOf("docs/e.md")).toBe("waiting");
	const said = desk.audit().filter(({ type, by }) => type === "POLICY" && by !== undefined);
	expect(said.map(({ summary }) => summary?.replace(/\. .*/, ""))).toEqual([
		"rule docs-md made",
		"rule docs-md paused",
		"rule docs-md allows again",
		"rule docs-md deleted",
	]);
}, 120_000);

test("what no rule may cover is told with the reason, and a rule for once is used up by one", async () => {
	desk = await Desk.open(FILES, { environment: homeWith("") });
	const { window } = desk;
	await window.view();
	const none = async (row: string, why: string) => {
		await read(window, row);
		await window.command("Countersign: Make a Rule…");
		await window.toast(why).waitFor();
		await window.command("Notifications: Clear All Notifications");
	};
	await desk.ask({ tool: "shell_execute", argv: ["sh", "run.sh"] });
	await none("run sh run.sh", "No rule can let this pass. sh is an interpreter");
	await desk.ask({ tool: "file_write", path: desk.outside("far.txt", "x"), content: "y" });
	await none("edit far.txt", "It is high, and what is high is never let through by a rule.");
	await desk.ask({ tool: "shell_execute", command: "cat a > b" });
	await none("run cat a > b", "A command that reads or writes files by < or >");
	await desk.cancelAll();

	await desk.ask({ tool: "shell_execute", argv: ["npm", "test"] });
	await read(window, "run npm test");
	await window.command("Countersign: Make a Rule…");
	await window.palette.pick("Run `npm test` in this folder");
	await window.palette.pick("Once More");
	await window.dialog().getByText("Run `npm test` in this folder: without asking, once").waitFor();
	await button("Make the Rule").click();
	await expect.poll(policyText).toContain("argv: [npm, test]");
	const test = { tool: "shell_execute" as const, argv: ["npm", "test"], env: {} };
	expect(await desk.stateOf(await desk.ask(test))).toMatchObject({ status: "approved" });
	expect(await desk.stateOf(await desk.ask(test))).toMatchObject({ status: "waiting" });
	await openTable();
	await window.row("Run `npm test` in this folder").filter({ hasText: "used up" }).waitFor();
}, 90_000);

const ALL = `roots: [/]
free: [file_read, log_write]
rules:
  - { id: all, effect: allow, tool: file_write, path: "**" }
`;
const WEAK = JSON.stringify({
	"countersign.notify.when": "never",
	"countersign.notify.includeContent": false,
	"countersign.review.column": "beside",
	"countersign.inline.marks": false,
	"countersign.inline.codeLens": false,
	"countersign.input.quietMs": 0,
});
const STRICT = `rules:
  - { id: no-app, effect: deny, tool: file_write, path: "src/**", reason: "Not here." }
  - { id: plans, effect: ask, tool: file_read, path: "plans/**" }
`;

test("a repository that ships a policy which allows all, and settings that weaken all, changes nothing, and it is said", async () => {
	const files = { ...FILES, [REPOSITORY]: ALL, ".vscode/settings.json": WEAK };
	desk = await Desk.open(files, { environment: homeWith("") });
	const { window } = desk;
	await window.statusBar("policy refused").waitFor();
	await window.toast("roots is refused here").waitFor();
	await openTable();
	await window.row('the rule "all" would allow').waitFor();
	await settle(window);
	await window.screenshot("dist/shots/policy-refused.png");
	const asked = await desk.ask(write("docs/a.md"));
	expect(await desk.stateOf(asked)).toMatchObject({ status: "waiting" });
	await desk.ask({ tool: "file_write", path: desk.outside("far.txt", "x"), content: "y" });
	await window.row(/edit far\.txt.*HIGH/).waitFor();
	await window.clickRow("edit a.md");
	await window.tab("asked by").waitFor();
	await window.press("Shift+Alt+KeyY");
	await settle(window);
	expect(await desk.stateOf(asked)).toMatchObject({ status: "waiting" });
	expect(desk.read("docs/a.md")).toBe("a\n");
}, 90_000);

test("a repository's policy holds once it was adopted as a diff, and with one other byte it waits again while the adopted one holds", async () => {
	desk = await Desk.open({ ...FILES, [REPOSITORY]: STRICT }, { environment: homeWith(DOCS) });
	const { window } = desk;
	await window.statusBar("policy waits").waitFor();
	expect(await statusOf("src/app.ts")).toBe("waiting");
	expect(await statusOf("docs/a.md")).toBe("approved");
	await desk.cancelAll();
	await window.toast("brings a policy of its own").getByRole("button", { name: "Review the Policy…" }).click();
	await window.activeTab("Not in force: the repository's policy").waitFor();
	await window.page.locator(".editor.modified .view-line", { hasText: "no-app" }).first().waitFor();
	await settle(window);
	await window.screenshot("dist/shots/policy-adopt.png");
	await window.titleAction("Adopt…");
	await window.dialog().getByText("It lets nothing through").waitFor();
	await settle(window);
	await window.screenshot("dist/shots/policy-adopt-dialog.png");
	await window.press("Enter");
	await window.titleAction("Adopt…");
	await window.dialog().waitFor();
	// While the dialog stands somebody changes the file: what was read is not what would hold.
	writeFileSync(desk.path(REPOSITORY), `${STRICT}# more\n`);
	await button("Adopt").click();
	await window.toast("the file changed after it was shown").waitFor();
	await window.page.locator(".editor.modified .view-line", { hasText: "# more" }).first().waitFor();
	expect(await statusOf("src/app.ts")).toBe("waiting");
	await desk.cancelAll();
	await window.titleAction("Adopt…");
	await button("Adopt").click();
	await window.statusBar("policy waits").waitFor({ state: "detached" });
	const denied = await desk.ask(write("src/app.ts"));
	expect(await denied.verdict).toMatchObject({ status: "denied", decision: { reason: "Not here." } });

	writeFileSync(desk.path(REPOSITORY), STRICT.replace("deny", "ask").concat("# more\n"));
	await window.statusBar("policy waits").waitFor();
	expect(await statusOf("src/app.ts")).toBe("denied");
	await window.command("Countersign: Review the Policy…");
	await window.titleAction("Adopt…");
	await window.dialog().getByText("the rule no-app, which denied, is gone or changed").waitFor();
	await dismiss();
	await window.tab("Not in force").waitFor({ state: "detached" });
	expect(await statusOf("src/app.ts")).toBe("denied");
}, 120_000);

test("files that the gate stands on, changed by somebody: within a second no rule allows and it is said; once a person has looked, they do", async () => {
	desk = await Desk.open(FILES, { environment: homeWith(DOCS) });
	const { window } = desk;
	const home = window.countersignHome;
	await openTable();
	const environment = { ...process.env, HOME: dirname(home), COUNTERSIGN_HOME: home, CLAUDE_CONFIG_DIR: "" };
	execFileSync(join(home, "bin", "countersign"), ["connect", "claude-code"], { cwd: desk.folder, env: environment });
	expect(await statusOf("docs/a.md")).toBe("approved");
	const files = [
		desk.path(".claude/settings.local.json"),
		join(home, "bin", "countersign-hook"),
		join(home, "bin", "countersign"),
	];
	const red = window.statusBar("gate files changed");
	for (const path of files) {
		appendFileSync(path, "\n");
		await red.waitFor({ timeout: 1000 });
		const asked = await desk.ask(write("docs/a.md"));
		expect(await desk.stateOf(asked), path).toMatchObject({ status: "waiting" });
		await window.row(/Gate files changed.*no rule allows anything/).waitFor();
		await desk.cancelAll();
		await red.click();
		await window.dialog().getByText(path, { exact: false }).waitFor();
		await settle(window);
		await window.screenshot("dist/shots/drift-dialog.png");
		await dismiss();
		expect(await statusOf("docs/a.md")).toBe("waiting");
		await desk.cancelAll();
		await red.click();
		await button("I Have Looked: Rules Apply Again").click();
		await red.waitFor({ state: "detached" });
		expect(await statusOf("docs/a.md"), path).toBe("approved");
	}

	writeFileSync(policyPath(), `${DOCS}  - { id: all, effect: allow, tool: file_write, path: "**" }\n`);
	await window.statusBar("policy waits").waitFor({ timeout: 1000 });
	expect(await statusOf("docs/a.md")).toBe("waiting");
	await window.row(/Your policy waits for you.*no rule allows anything/).waitFor();
	await desk.cancelAll();
	await window.toast("Your policy was changed so that it lets more through").waitFor();
	await settle(window);
	await window.screenshot("dist/shots/policy-waits.png");
	await window.toast().getByRole("button", { name: "Review the Policy…" }).click();
	await window.titleAction("Adopt…");
	await window.dialog().getByText("the rule all allows file_write").waitFor();
	await button("Adopt").click();
	await window.statusBar("policy waits").waitFor({ state: "detached" });
	expect(await statusOf("src/app.ts")).toBe("approved");
}, 120_000);

test("a policy that is saved in this window is not in force by that, and nothing opens by itself", async () => {
	desk = await Desk.open(FILES, { environment: homeWith("free: [file_read]\n") });
	const { window } = desk;
	await window.command("Countersign: Open the Policy");
	await window.activeTab("policy.yaml").waitFor();
	await window.press("Control+End");
	await window.type(
		`${DOCS.replaceAll("\n", "").replace("rules:", "rules: [").replace("  - ", "").replace(" # mine", "")}]`,
	);
	await window.command("File: Save");
	await window.toast("Your policy was changed").waitFor();
	await pause(1000);
	expect(await window.tab("Not in force").count()).toBe(0);
	expect(await statusOf("docs/a.md")).toBe("waiting");
	await window.statusBar("1 waiting · ").filter({ hasText: "policy waits" }).waitFor();
});

test("paused, everything waits, reads too, and only a person's own button in a dialog lets it go on", async () => {
	desk = await Desk.open(FILES, { environment: homeWith(DOCS) });
	const { window } = desk;
	await openTable();
	await window.command("Countersign: Pause: Everything Waits");
	await window.statusBar("paused · 0 waiting").waitFor();
	await window.row("Paused: everything waits").waitFor();
	const held = [await desk.ask({ tool: "file_read", path: "src/app.ts" }), await desk.ask(write("docs/a.md"))];
	const other = await desk.ask(write("src/app.ts"));
	await window.statusBar("paused · 3 waiting").waitFor();
	await settle(window);
	await window.screenshot("dist/shots/paused.png");
	await window.command("Countersign: Resume…");
	await window.dialog().getByText("2 requests that were only held go on").first().waitFor();
	await settle(window);
	await window.screenshot("dist/shots/resume-dialog.png");
	await window.press("Enter");
	await window.dialog().waitFor({ state: "detached" });
	for (const one of held) expect(await desk.stateOf(one)).toMatchObject({ status: "waiting" });
	await window.clickRow("Paused: everything waits");
	await button("Resume").click();
	for (const one of held) expect(await one.verdict).toMatchObject({ status: "approved", decision: { via: "policy" } });
	expect(await desk.stateOf(other)).toMatchObject({ status: "waiting" });
	await desk.takeBack(other);
	await window.statusBar("1 rule").waitFor();
}, 90_000);

const THEMES = { dark: "Default Dark Modern", light: "Default Light Modern", contrast: "Default High Contrast" };
const TABLE = `protect: ["**/production/**"]
roots: [/etc/cache]
rules:
  - { id: docs, effect: allow, tool: file_write, path: "docs/*.md", expires: 2099-12-01 }
  - { id: tests, effect: allow, tool: shell_execute, argv: [npm, test], paused: true }
  - { id: old, effect: allow, tool: file_delete, path: "tmp/*", expires: 2020-01-01 }
  - { id: no-force-push, effect: deny, tool: shell_execute, argv: [git, push, --force], reason: "Open a PR." }
  - { id: plans, effect: ask, tool: file_read, path: "plans/**" }
`;

test.for(Object.entries(THEMES))("%s: the table can be read", { timeout: 90_000 }, async ([name, theme]) => {
	desk = await Desk.open(FILES, { theme, environment: homeWith(TABLE) });
	const { window } = desk;
	await window.view();
	await window.page.locator(".pane-header", { hasText: "Requests" }).click();
	await openTable();
	for (const text of ["docs/*.md", "npm test", "tmp/*", "plans/**", "git push --force", "Change **/production/**"]) {
		await window.row(text).waitFor();
	}
	await window.row("Write docs/*.md").filter({ hasText: "not used yet" }).waitFor();
	await window.row("tmp/*").filter({ hasText: "expired" }).waitFor();
	await window.row("Write docs/*.md").hover();
	await settle(window);
	await window.screenshot(`dist/shots/rules-${name}.png`);
	await desk.ask(write("docs/deep/c.txt"));
	await window.page.locator(".pane-header", { hasText: "Requests" }).click();
	await read(window, "create c.txt");
	await window.command("Countersign: Make a Rule…");
	await window.palette.pick("Write docs/deep/*.txt in this folder");
	await window.palette.pick("In This Session");
	await window.dialog().getByText("nothing like it was asked before").waitFor();
	await settle(window);
	await window.screenshot(`dist/shots/rule-dialog-${name}.png`);
	await dismiss();
});

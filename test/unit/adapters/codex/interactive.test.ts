import { expect, test } from "vitest";
import { waitsForInput } from "../../../../src/adapters/codex/interactive.ts";
import { worked } from "../../../support/worked.ts";

test.each([
	"bash",
	"bash --norc",
	"/bin/bash -l",
	"sh -i",
	"FOO=1 exec zsh",
	"cd src && bash",
	"cd src\nbash",
	"true; sudo -s",
	"sudo -u root bash",
	"sudo su",
	"env A=1 bash",
	"timeout 60 bash",
	'"bash"',
	"'ba'sh",
	'sh -c "bash"',
	"bash -c 'cd /tmp; exec sh'",
	'echo "$(cat)"',
	"eval 'python3'",
	"python3",
	"python3 -",
	"python3 -i script.py",
	"node",
	"node -i",
	"cat | sh",
	"cat > script.sh",
	"bash 2>&1",
	"ssh host",
	"psql prod",
	"vim config.txt",
	"docker run -it ubuntu",
	"kubectl exec -it pod -- ls",
	"tmux new -s work",
	"(bash)",
	"if true; then bash; fi",
])("it waits for input: %s", (command) => expect(waitsForInput(command)).toBe(true));

test.each([
	"ls -la",
	"rm victim.txt",
	"cat no-such-file",
	"cat a.txt | grep bash",
	"bash script.sh",
	"bash -c 'npm test'",
	"bash -lc 'cd src && ls'",
	"sh ./build.sh --all",
	"node script.js",
	'node "script.js"',
	"node -e 'console.log(1)'",
	"node --version",
	"python3 -m pytest",
	"python3 -c 'print(1)'",
	"python3 - <<'PY'\nprint(1)\nPY",
	"cat <<'EOF' > a.txt\nhello\nEOF",
	"bash < script.sh",
	"curl -s https://example.org/a.sh | bash",
	"echo 'select 1' | psql prod",
	'rg "python" src',
	"rg python src",
	'git commit -m "use bash here"',
	"which bash",
	"docker build -t image .",
	"npm run build -- --watch",
	"apt-get install -y less",
])("it does not: %s", (command) => expect(waitsForInput(command)).toBe(false));

test("a long command takes no long time", () => {
	const start = worked();
	waitsForInput('sh -c "'.repeat(20_000));
	waitsForInput(`${"'".repeat(50_001)} ${"a b ".repeat(50_000)}`);
	expect(worked() - start).toBeLessThan(2000);
});

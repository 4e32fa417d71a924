import picomatch from "picomatch";

/**
 * The built-in protected list. It holds for names that do not exist yet: what matters is what the file would be.
 * P0: reviewed only in the editor, no rule, never in bulk, never by phone. P1: by a person, one by one.
 * Patterns are matched against folded paths (fold.ts), lexical and canonical.
 */
const P0 = [
	"**/.countersign{,/**}",
	"**/.vscode{,-insiders,-oss,-server,-server-insiders,-remote}/**",
	"**/*.code-workspace",
	"**/{code,code - insiders,code - oss,vscodium,cursor,windsurf,code-server,user-data}/user/**",
	"**/argv.json",
	"**/.claude{,/**}",
	"**/.claude.json",
	"**/.mcp.json",
	"**/{claude-code,claudecode}/managed-settings{.json,.d/**}",
	"**/{.cursor,.codex,.gemini,.qwen,.cline,.opencode,.kiro,.windsurf,.agents,.openclaw}{,/**}",
	"**/.github/hooks/**",
	"**/opencode.json{,c}",
	"**/.config/opencode{,/**}",
	"**/{.clinerules,cline}/hooks{,/**}",
	"/etc/{codex,gemini-cli}{,/**}",
];

const P1 = [
	"**/*.git{,/**}",
	"**/.config/git/**",
	"**/{.gitmodules,.gitattributes,.gitconfig}",
	"**/{.husky,.githooks}/**",
	"**/{.pre-commit-config.yaml,lefthook.yml,lefthook.yaml}",
	"**/{.bashrc,.bash_profile,.bash_login,.bash_logout,.bash_aliases,.profile,.kshrc,.cshrc,.tcshrc,.inputrc}",
	"**/{.zshrc,.zprofile,.zshenv,.zlogin,.zlogout}",
	"**/.config/fish/**",
	"**/{profile.ps1,microsoft.powershell_profile.ps1}",
	"**/.envrc",
	"**/.env*",
	"**/{.ssh,.gnupg,.aws,.azure,.kube,.docker}{,/**}",
	"**/.config/{gcloud,autostart,systemd}/**",
	"**/library/{launchagents,launchdaemons}/**",
	"/etc/{systemd,cron.d,cron.hourly,cron.daily,cron.weekly,cron.monthly,init.d,profile.d,sudoers.d,ld.so.conf.d}/**",
	"/etc/{crontab,profile,bash.bashrc,environment,ld.so.preload,passwd,shadow,sudoers}",
	"/var/spool/cron/**",
	"**/{.npmrc,.yarnrc*,.pnpmfile.cjs,bunfig.toml,pip.conf,.pypirc,.netrc,.git-credentials}",
	"**/.yarn/**",
	"**/{*.pth,sitecustomize.py,usercustomize.py}",
	"**/{bin,scripts}/activate*",
	"**/.devcontainer{,/**}",
	"**/.devcontainer.json",
	"**/.idea/**",
	"**/.github/workflows/**",
	"**/{claude.md,claude.local.md,agents.md,gemini.md,qwen.md,.cursorrules,.windsurfrules,.clinerules}",
	"**/.clinerules/**",
	"**/.github/copilot-instructions.md",
];

/** Reading these hands out a key, a token or a secret. */
const SECRETS = [
	"**/{.ssh,.gnupg,.aws,.azure,.kube}/**",
	"**/.config/gcloud/**",
	"**/.docker/config.json",
	"**/{.claude/.credentials.json,.codex/auth.json,.gemini/oauth_creds.json,.config/gh/hosts.yml}",
	"**/.env*",
	"**/{.npmrc,.pypirc,.netrc,.git-credentials,.pgpass}",
	"**/{id_rsa,id_dsa,id_ecdsa,id_ed25519}",
	"**/*.{pem,p12,pfx,key,keystore,jks}",
	"/etc/{shadow,gshadow}",
	"/proc/**/environ",
	"**/.countersign/{run,keys}{,/**}",
	"**/.countersign/channels.yaml",
];

/** A template of an environment file holds no secret and configures nothing by its name; its folder still counts. */
const ENV_TEMPLATE = /(^|\/)\.env\.(?:example|sample|template|dist)$/;

/** All patterns as one expression: a free read asks it, and a dozen small ones cost a dozen times as much. */
const matcher = (patterns: readonly string[]) => {
	const one = new RegExp(patterns.map((pattern) => picomatch.makeRe(pattern, { dot: true }).source).join("|"));
	return (folded: string) => one.test(folded.replace(ENV_TEMPLATE, "$1env-template"));
};

export const isP0 = matcher(P0);
export const isP1 = matcher(P1);
export const isSecret = matcher(SECRETS);

/** Words that a shell takes for itself when they stand first: lower case, as PowerShell compares. */
const KEYWORDS = [
	"if then elif else fi case esac for foreach select while until repeat do done in end function time coproc nocorrect noglob ! [[ { }",
	"elseif switch try catch finally trap filter param begin process dynamicparam clean return throw break continue exit",
	"data using class enum from define var workflow parallel sequence inlinescript configuration hidden static",
].flatMap((line) => line.split(" "));

/** Commands of a shell itself whose effect outlives them, or that change what comes after them. */
const LASTING = [
	"cd chdir pushd popd dirs export alias unalias source . eval exec set setopt unsetopt emulate shopt trap unset declare",
	"typeset readonly local private integer float functions autoload nameref let builtin command enable disable hash unhash",
	"rehash ulimit limit unlimit umask read mapfile readarray vared getopts shift print printf zmodload zstyle zcompile sched",
	"bind bindkey zle complete compopt compctl history fc r jobs fg bg wait disown suspend logout bye kill times ttyctl - :",
	"set-location push-location pop-location sl set-alias new-alias sal nal set-variable new-variable sv nv set-item si",
	"invoke-expression iex invoke-command icm import-module ipmo start-process saps start where-object where foreach-object",
].flatMap((line) => line.split(" "));

const keywords: ReadonlySet<string> = new Set(KEYWORDS);
const lasting: ReadonlySet<string> = new Set(LASTING);

export const isKeyword = (word: string): boolean => keywords.has(word.toLowerCase());

/** Whether a command changes the shell that runs it, and so what the rest of the text means. */
export const isLasting = (word: string): boolean => lasting.has(word.toLowerCase());

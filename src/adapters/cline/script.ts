import { shellQuote } from "../../base/shellQuote.ts";

/**
 * The scripts that Cline starts, as text. Cline ignores exit codes, and whatever is not a complete JSON answer lets the
 * call run; so this one prints an answer whatever becomes of our program.
 */
export const beforeScript = (program: string, waitSeconds: number): string => `\
#!/bin/sh
# Written by Countersign (countersign connect cline): every tool call asks a person first.
nl='
'
cancel() {
	why=$(printf '%s' "$1" | tr -d '\\000-\\037\\177' | sed 's/[\\\\"]/\\\\&/g')
	printf '{"cancel":true,"errorMessage":"%s"}\\n' "$why"
	exit 0
}
trap 'cancel "Countersign was stopped before a person had decided; the call is denied."' HUP INT TERM
out=$(${shellQuote(program)} cline ${waitSeconds} 2>&1)
code=$?
answer=\${out%%"$nl"*}
case $code:$answer in
0:'{"cancel":false'*'}' | 2:'{"cancel":true,'*'}') printf '%s\\n' "$answer" ;;
*) cancel "\${answer:-Countersign gave no answer; the call is denied.}" ;;
esac
`;

export const afterScript = (program: string): string => `\
#!/bin/sh
# Written by Countersign (countersign connect cline): how a call ended that was allowed.
${shellQuote(program)} cline 20 >/dev/null 2>&1
printf '{}\\n'
`;

#!/bin/sh
# Countersign's hook: countersign-hook AGENT SECONDS
# Sends the agent's payload (stdin) to the gate of this folder and prints the gate's answer. Exit 0 only after a
# complete answer that says so; everything else is exit 2 with a reason on stderr. Needs curl; without it, hook.cjs.
trap 'exit 2' HUP INT TERM
agent=$1 wait=$2 nl='
'
bin=${0%/*}
run=${bin%/*}/run

deny() {
	printf '%s\n' "Countersign: $1" >&2
	exit 2
}

if ! command -v curl >/dev/null 2>&1; then
	unset NODE_OPTIONS NODE_EXTRA_CA_CERTS
	node=@NODE@
	[ -x "$node" ] || node=node
	"$node" "$bin/hook.cjs" "$agent" "$wait"
	case $? in 0) exit 0 ;; 127) deny "neither curl nor Node was found, so nobody can be asked. The call is denied." ;; esac
	exit 2
fi

# The gate: named by the terminal it opened, else of the deepest known folder that holds the project.
conf=
case ${COUNTERSIGN_ENDPOINT:-} in
"$run"/*.json)
	conf=${COUNTERSIGN_ENDPOINT%.json}.hook
	[ -f "$conf" ] || conf=
	;;
esac
if [ -z "$conf" ]; then
	at=${CLAUDE_PROJECT_DIR:-}
	[ -n "$at" ] && cd -P -- "$at" 2>/dev/null || cd -P .
	best=
	for file in "$run"/*.hook; do
		IFS= read -r line 2>/dev/null <"$file" || continue
		folder=${line#\# }
		case $PWD/ in
		"${folder%/}"/*) [ ${#folder} -gt ${#best} ] && best=$folder conf=$file ;;
		esac
	done
	[ -n "$conf" ] || deny "no gate is running for $PWD. Start it there: countersign serve, or open the folder in the editor."
fi

# The socket is ours only while its folder is.
{ IFS= read -r line && IFS= read -r sock; } <"$conf" 2>/dev/null
sock=${sock#*\"} sock=${sock%\"*}
[ -O "${sock%/*}" ] || deny "the folder of the gate's socket belongs to somebody else. The call is denied."

ask() {
	# -q first: no ~/.curlrc. The token is in the file, not in the arguments.
	curl -q -sS -f -K "$conf" --noproxy '*' --max-time "$((wait + 10))" "$@" 2>&1
}

url=http://localhost/v1/hooks/$agent
out=$(ask -H 'Content-Type: application/json' --data-binary @- "$url?framed=1&wait=$wait")
code=$?
ticket=
case $out in "ticket "*) ticket=${out%%"$nl"*} ticket=${ticket#ticket } ;; esac

# Lost while it waited: the request is safe, so give the gate 15 seconds to come back.
tries=15
while [ "$code" -ne 0 ] && [ "$code" -ne 28 ] && [ -n "$ticket" ] && [ "$tries" -gt 0 ]; do
	sleep 1
	tries=$((tries - 1))
	out=$(ask "$url/$ticket?framed=1&wait=$wait")
	code=$?
done

if [ "$code" -ne 0 ]; then
	[ -n "$ticket" ] && deny "the gate went away while a person was deciding (ticket $ticket). The request is kept; call the tool again later with the same arguments."
	deny "the gate cannot be reached (${out##*"$nl"}). The call is denied."
fi

# ticket <id>? / exit <code> / reason / stdout
case $out in "ticket "*) out=${out#*"$nl"} ;; esac
verdict=${out%%"$nl"*} out=${out#*"$nl"}
reason=${out%%"$nl"*} body=${out#*"$nl"}
case $verdict in
"exit 0")
	printf '%s' "$body" || exit 2
	exit 0
	;;
"exit 2")
	printf '%s' "$body"
	printf '%s\n' "${reason:-Countersign denied this call.}" >&2
	exit 2
	;;
esac
deny "the gate's answer was not understood. The call is denied."

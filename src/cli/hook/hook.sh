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

# Variables by which curl, Node or the loader runs something of another's choosing.
unset OPENSSL_CONF OPENSSL_CONF_INCLUDE OPENSSL_MODULES OPENSSL_ENGINES SSLKEYLOGFILE CURL_HOME NODE_OPTIONS GCONV_PATH \
	NODE_EXTRA_CA_CERTS LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT DYLD_INSERT_LIBRARIES DYLD_LIBRARY_PATH

# By absolute paths, as they were when this was laid: the agent's settings may set PATH, also in mid-session.
curl=@CURL@
if [ ! -x "$curl" ]; then
	node=@NODE@
	[ -x "$node" ] || deny "neither curl nor Node is where it was ($node). Open the editor or start countersign serve, then try again. The call is denied."
	# A desktop editor's own program may be the Node here; without this it would open a window, and end well.
	ELECTRON_RUN_AS_NODE=1 "$node" "$bin/hook.cjs" "$agent" "$wait"
	# Its own yes: whatever else might be started here, and ends well, has not asked anybody.
	[ $? -eq 10 ] && exit 0
	exit 2
fi

# The gate: named by the terminal it opened, else of the deepest known folder that holds the project.
conf=
case ${COUNTERSIGN_ENDPOINT:-} in
"$run"/*/*) ;; # leads out again
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
case $sock in *\\*) sock=$(printf '%s\n' "$sock" | sed 's/\\\(.\)/\1/g') ;; esac
[ -O "${sock%/*}" ] || deny "the folder of the gate's socket belongs to somebody else. The call is denied."

# One exchange: what arrived is in $out, how curl ended in $code, and $wait has become what is left of it.
ask() {
	# -q first: no ~/.curlrc. -N: what arrived is there, in its order, however it ends. The token is in the file, not in
	# the arguments. The mark at the end also keeps the shell from dropping the answer's last newlines. What a socket needs
	# nothing of, curl need not get ready: libraries for encryption, a locale; that is half a millisecond of every call.
	out=$(LC_ALL=C OPENSSL_CONF=/dev/null GNUTLS_NO_IMPLICIT_INIT=1 "$curl" -q -sS -N -f -K "$conf" --noproxy '*' --max-time "$((wait + 10))" -w '<%{time_total}' "$@" 2>&1)
	code=$?
	took=${out##*"<"} took=${took%%[!0-9]*} out=${out%"<"*}
	[ -n "$took" ] || tries=0 # killed, and nobody knows when
	wait=$((wait - ${took:-0}))
	[ "$wait" -gt 0 ] || wait=1
}

tries=15
url=http://localhost/v1/hooks/$agent
ask -H 'Content-Type: application/json' --data-binary @- "$url?framed=1&wait=$wait"
ticket=
case $out in "ticket "*) ticket=${out%%"$nl"*} ticket=${ticket#ticket } ;; esac

# Lost while it waited: the request is safe, so give the gate 15 seconds to come back.
while [ "$code" -ne 0 ] && [ "$code" -ne 28 ] && [ -n "$ticket" ] && [ "$tries" -gt 0 ]; do
	sleep 1
	tries=$((tries - 1))
	ask "$url/$ticket?framed=1&wait=$wait"
done

if [ "$code" -ne 0 ]; then
	again="The request is kept; call the tool again later with the same arguments."
	[ -n "$ticket" ] && [ "$code" -eq 28 ] && deny "a person has not decided in time (ticket $ticket). $again"
	[ -n "$ticket" ] && deny "the gate went away while a person was deciding (ticket $ticket). $again"
	out=${out%"$nl"}
	deny "the gate cannot be reached (${out##*"$nl"}). Start it: countersign serve, or open the folder in the editor. The call is denied."
fi

# ticket <id>? / exit <code> / reason / stdout
case $out in "ticket "*) out=${out#*"$nl"} ;; esac
case $out in
"exit "[02]"$nl"*"$nl"*) ;;
*) deny "the gate's answer was not understood. The call is denied." ;;
esac
verdict=${out%%"$nl"*} out=${out#*"$nl"}
reason=${out%%"$nl"*} body=${out#*"$nl"}
printf '%s' "$body" || exit 2
[ "$verdict" = "exit 0" ] && exit 0
printf '%s\n' "${reason:-Countersign denied this call.}" >&2
exit 2

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# README.md shows output of these programs on 6.1 with the series: does what they print still look like that?
# Usage: readme.sh [print]	print: the blocks as they are now, to be pasted into README.md
set -u
# shellcheck source-path=SCRIPTDIR source=ktap.bash
. "$(dirname "$(readlink -f "$0")")/ktap.bash" >/dev/null
readme=$PWD/README.md
listing=/sys/kernel/debug/ptdesc
print=${1:-}
[ -n "$print" ] || echo "TAP version 13"

[ "${PTDESC_KIT:-}" = series ] || skip_all "README.md shows another kernel: 6.1 with the series"
command -v redis-server >/dev/null || skip_all "no redis-server"
dir=$(mktemp -d)
redis-server --port 0 --unixsocket "$dir/sock" --dir "$dir" --save '' --enable-debug-command yes >"$dir/log" 2>&1 &
redis=$!
trap 'kill $redis; wait $redis; rmmod ptdesc_inject 2>/dev/null; rm -rf "$dir"' EXIT
until redis-cli -s "$dir/sock" debug populate 20000 key 10500 >/dev/null 2>&1; do
	kill -0 $redis || bail_out "redis-server does not start: $(tail -n 1 "$dir/log")"
	sleep 0.1
done
[ -e $listing ] || insmod "$PTDESC_MODULE"
lsmod | grep -q ptdesc_inject || insmod "$PTDESC_INJECT" allow_corruption=1

list() {
	echo "# head -n 3 $listing; grep redis $listing"
	head -n 3 $listing || return # which seeks back, and says so if it cannot
	grep redis $listing
}

checked() {
	echo "# ptdesc-check $redis"
	"$check" $redis
}

# The refcount of one PTE table, raised: of the first page of the program's text.
violated() {
	local at
	at=$(head -n 1 /proc/$redis/maps)
	exec 7>/sys/kernel/debug/ptdesc_inject/inject
	echo "pte-refcount-raised $redis ${at%%-*}" >&7
	echo "# ptdesc-check $redis | tail -n 10"
	"$check" $redis >"$dir/violated"
	[ $? = 1 ] && tail -n 10 "$dir/violated"
	exec 7>&-
}

# Numbers, addresses and how much white space stands before them say nothing about the form, nor does what moved meanwhile.
form() { sed -E 's/ \(moving in [0-9]+, changed in [0-9]+\)$//; s/\b(0x)?[0-9a-f]*[0-9][0-9a-f.]*\b/N/g; s/ +/ /g; s/ $//; s/^ //'; }

# README.md's block whose first line is this command (a regular expression)
shown() { awk -v start="^    # $1\$" '$0 ~ start { on = 1 } on && !/^    / && NF { exit } on { print substr($0, 5) }' "$readme"; }

# What depends on the memory's layout on the day: which VMAs, which kinds of pages, how full.
settled() { grep -vE '^(deposited|huge pages|N N N( N)? |\.\.\.)|-N | - - - - |^$'; }

compare() { # NAME FUNCTION START
	shown "$3" | form | settled | sort -u >"$dir/said"
	$2 | form | settled | sort -u >"$dir/now"
	[ -s "$dir/said" ] && [ -z "$(comm -23 "$dir/said" "$dir/now")" ]
	result $? "$1"
	comm -23 "$dir/said" "$dir/now" | sed 's/^/# README.md says, but nothing prints: /'
}

if [ -n "$print" ]; then
	{ list; echo; checked; echo; violated; } | sed 's/^\(.\)/    \1/'
	exit 0
fi
plan 3
compare "the listing" list "head .*"
compare "a check" checked "ptdesc-check [0-9]+"
compare "a violation" violated "ptdesc-check [0-9]+ .*"
finish

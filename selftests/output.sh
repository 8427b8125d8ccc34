#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What ptdesc-check prints: JSON that a parser takes and that says what the text says, and text that fits 80 columns.
set -u
# shellcheck source-path=SCRIPTDIR source=ktap.bash
. "$(dirname "$(readlink -f "$0")")/ktap.bash"

narrow() { # FILE: no line beyond 80 columns, no byte that is not text
	awk 'length > 80 { print "# too wide: " $0; bad = 1 } END { exit bad }' "$1" && ! grep -qP '[^\n -~]' "$1"
}

[ "$(id -u)" = 0 ] || skip_all "not root"
command -v python3 >/dev/null || skip_all "no python3"
require_check
plan 14
dir=$(mktemp -d)
cd "$dir" || exit 1
start_sleeper
pid=$sleeper
trap 'kill $pid; rm -rf "$dir"' EXIT

"$check" $pid >text
result $? "text of a process"
narrow text
result $? "text fits 80 columns"
"$check" -l $pid >list && [ "$(wc -l <list)" -gt "$(wc -l <text)" ]
result $? "-l adds to it"

"$check" -j $pid >json
result $? "JSON of a process"
python3 -m json.tool json >/dev/null
result $? "JSON is valid"
[ "$(wc -l <json)" = 1 ] && head -c 18 json | grep -qx '{"format_version":'
result $? "one line that starts with format_version"
"$check" -j --pretty $pid >pretty && [ "$(wc -l <pretty)" -gt 50 ] && python3 - <<'PY'
import json

def shape(x):
	"""Keys and types, without the values that each run has of its own."""
	if isinstance(x, dict):
		return {k: shape(v) for k, v in x.items()}
	if isinstance(x, list):
		return [shape(v) for v in x]
	return type(x).__name__

a, b = (json.load(open(f)) for f in ("json", "pretty"))
assert shape(a) == shape(b)
PY
result $? "--pretty says the same on many lines"
"$check" -j -l $pid >tables && python3 - <<'PY'
import json

d = json.load(open("tables"))
assert d["format_version"] == 1 and d["status"] == "holds"
p, = d["processes"]
tables = p["tables"]
assert p["summary"]["tables"] == len(tables)
for t in tables:
	assert t["level"] in ("pgd", "p4d", "pud", "pmd", "pte")
	assert isinstance(t["pfn"], int) and t["pfn"] > 0
	assert isinstance(t["address"], str) and int(t["address"], 16) >= 0
	assert t["leaves"] + t["tables"] + t["swapped"] + t["empty"] in (32, 256, 512, 2048, 8192)
for level, sums in p["cost"]["levels"].items():
	assert sums["tables"] == sum(t["level"] == level for t in tables)
names = [i["name"] for i in p["invariants"]]
ids = [i["id"] for i in p["invariants"]]
assert ids == sorted(set(ids)) and len(set(names)) == len(names)
for i in p["invariants"]:
	assert i["state"] == "holds" or (i["state"] == "not_checked" and i["reason"]), i
assert sum(i["checked"] for i in p["invariants"]) == p["summary"]["checks"]
assert not p["violations"] and not p["unsettled"]
open("names", "w").write("\n".join(names) + "\n")
PY
result $? "JSON agrees with itself"
"$check" -j $pid $$ $pid >three && python3 -c '
import json, sys
pids = [p["pid"] for p in json.load(open("three"))["processes"]]
assert pids == [int(a) for a in sys.argv[1:]], pids' $pid $$ $pid
result $? "several processes in the order asked for"

"$check" -q $pid >quiet 2>&1 && [ ! -s quiet ]
result $? "-q prints nothing"
"$check" -j -o file $pid >quiet 2>&1 && [ ! -s quiet ] && python3 -m json.tool file >/dev/null
result $? "-o writes the file and prints nothing"
explained() {
	local name
	while read -r name; do
		"$check" -d "$name" | grep -qw -- "$name" || { echo "# $name: not explained"; return 1; }
	done
}
"$check" -d all >described && narrow described && explained <names
result $? "-d explains each invariant, in 80 columns"
"$check" -h >help && narrow help && [ "$(wc -l <help)" -le 24 ]
result $? "-h fits a screen"
"$check" -V >version && narrow version && grep -q '^ptdesc-check [0-9]' version
result $? "-V names the version"
finish

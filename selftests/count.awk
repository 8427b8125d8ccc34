#!/usr/bin/awk -f
# SPDX-License-Identifier: GPL-2.0-only
# Adds up KTAP files, one section of a run each: lists what failed and what was skipped and why, and ends with the line
# "N passed, N failed, N skipped". Exit status 1 when anything failed or nothing ran.
# What is counted are the results inside a test; a test without any, or one that failed although each of them passed, counts
# itself. require=1: a skipped test is a failed one.
# Usage: awk -f count.awk [-v require=1] FILE...

FNR == 1 { section = FILENAME; sub(/.*\//, "", section); inner = inner_failed = 0 }

/^# selftests\// { program = $2 }

# A whole section that is skipped.
/^1\.\.0 *# SKIP/ {
	sub(/^1\.\.0 */, "")
	if (require)
		failures[++failed] = section ": " $0
	else
		skips[++skipped] = section ": " $0
}

/^ *(not )?ok( |$)/ {
	nested = /^ /
	bad = /^ *not ok/
	what = $0
	sub(/^ *(not )?ok *[0-9]* *(- )?/, "", what)
	skip = !bad && what ~ /# SKIP/
	if (nested) {
		inner++
		inner_failed += bad
		# Its test is named only afterwards.
		if (bad || skip)
			held[++holding] = (bad ? "F" : "S") what
		else
			passed++
		next
	}
	if (!inner || (bad && !inner_failed))
		held[++holding] = (bad ? "F" : skip ? "S" : "P") what
	name = inner ? what : program
	sub(/ *#.*/, "", name)
	for (i = 1; i <= holding; i++) {
		kind = substr(held[i], 1, 1)
		text = section ": " (name != "" ? name ": " : "") substr(held[i], 2)
		if (kind == "P")
			passed++
		else if (kind == "F" || require)
			failures[++failed] = text
		else
			skips[++skipped] = text
	}
	holding = inner = inner_failed = 0
}

END {
	for (i = 1; i <= skipped; i++) {
		# One line per reason: the words after "# SKIP", or behind the last colon where kselftest puts them in the name.
		why = skips[i]
		where = why
		sub(/:.*/, "", where)
		if (why ~ /# SKIP [^:]*$/)
			sub(/.*# SKIP */, "", why)
		else
			sub(/.*: */, "", why)
		times[where ": " why]++
	}
	for (why in times)
		printf "skipped: %s (%d)\n", why, times[why]
	for (i = 1; i <= failed; i++)
		print "FAILED: " failures[i]
	printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
	exit failed || !passed
}

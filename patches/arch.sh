#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does the series compile on every architecture, and does it add a warning?  For each row of
# patches/arch/rows: configure Debian's linux-source-6.1, compile the files that handle page
# tables with W=1, without the series and with it, and compare the warnings (without line
# numbers, so that a warning that only moved is no new one; the same text twice counts twice).
#
# usage: patches/arch.sh [-b] [-j JOBS] [-T TREE] [ROW...]
#   -b       only the half without the series
#   -j JOBS  of make (default: one per CPU)
#   -T TREE  compare with this kernel source, which has the series applied, instead
#   ROW...   only these rows (shell patterns); then nobody asks whether the rows compile
#            everything that the series touches
#
# Both halves are kept under the cache directory by what they depend on (source, patches, row,
# compiler) and reused.  The unpatched half gets those patches of the series that repair the
# build of what it is compared with ("baseline" below).
#
# Verdicts: same     compiled by both, no new warning
#           types    the same, but only the types were checked: no compiler for it here
#           new N    N new warnings           lost    an object that the unpatched tree has is not
#           fails    does not compile with the series
#           cannot   no compiler installed, or not even the unpatched tree compiles
# Exit status: 0 all rows same or types, 1 a row is new, lost or fails, or a C file that the series
# touches is compiled by no row, 2 could not check (and nothing is known to be bad).
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")/arch
# shellcheck source-path=SCRIPTDIR source=../selftests/qemu/cache.sh
. "$here/../../selftests/qemu/cache.sh"

# Patches without which there is nothing to compare with, by what their names contain.
baseline='-alpha-pass-the-address-'
# What every row compiles besides its own targets; hugetlb.o where it is configured.
all_targets="kernel/fork.o mm/memory.o mm/mmu_gather.o mm/pgtable-generic.o"

host="$(command -v ccache) gcc"

die() { say "$*" >&2; exit 2; }

half=both
patched=
while getopts bj:T: opt; do
	case $opt in
	b) half=base ;;
	j) jobs=$OPTARG ;;
	T) patched=$(readlink -f "$OPTARG") ;;
	*) die "usage: patches/arch.sh [-b] [-j JOBS] [-T TREE] [ROW...]" ;;
	esac
done
shift $((OPTIND - 1))

patches=${PTDESC_PATCHES:-$tree/patches/6.1}
cache=$C/arch
mkdir -p "$cache/results" || die "$cache: cannot make it"
mapfile -t series < <(sed 's/#.*//; s/[[:space:]]*$//; /^$/d' "$patches/series")
[ ${#series[@]} -gt 0 ] || die "$patches/series: no patches"
"$tree/selftests/qemu/source.sh" pristine || die "linux-source-6.1: cannot unpack"

# digest FILE...: of what these patches change, whatever their messages say.
digest() {
	(cd "$patches" && sed -n '/^diff --git/,/^-- $/{/^index /d; p;}' "$@" </dev/null) | sha256sum | cut -c 1-16
}

# plant NAME PATCH...: the tree $cache/NAME, pristine but for these patches; sets key and tree_dir.
plant() {
	local name=$1 p
	shift
	tree_dir=$cache/$name
	key=$(cat "$C/linux-6.1/.ptdesc-version")-$([ $# = 0 ] || digest "$@")
	[ "$(cat "$tree_dir.key" 2>/dev/null)" != "$key" ] || return 0
	rm -rf "$tree_dir" "$tree_dir.key"
	cp -al "$C/linux-6.1" "$tree_dir" || die "$tree_dir: cannot copy"
	for p in "$@"; do
		# patch replaces files, and so leaves the pristine tree's alone.
		patch -s -p1 -N --fuzz=0 -d "$tree_dir" <"$patches/$p" || die "$p: does not apply"
	done
	echo "$key" >"$tree_dir.key"
}

# toolchain COMPILER: what make is told about it, in the array tools; its command in cc.
toolchain() {
	case $1 in
	types:csky) real="gcc -m32 -U__i386__ -Ui386" ;;
	types:nios2) real="gcc -m32 -U__i386__ -Ui386 -include $here/nios2.h" ;;
	types:ia64) real="gcc -m64 -U__x86_64__ -D__ia64__" ;;
	types:microblaze) real=or1k-elf-gcc ;;
	types:*) die "$1: unknown flavour" ;;
	esac
	case $1 in
	host)
		cc=gcc
		tools=("CC=$here/cc gcc") ;;
	clang-*)
		cc=$1
		tools=("LLVM=-${1#clang-}" "CC=$here/cc $1")
		if [ "$arch" = loongarch ]; then
			# 6.1 does not know clang for it: the vDSO drops KBUILD_CFLAGS, and macros of the
			# inline assembly expect gcc's names of registers.
			tools=("${tools[0]}" CROSS_COMPILE=loongarch64-linux-gnu-
				"CC=$here/cc $1 --target=loongarch64-linux-gnu -mllvm -loongarch-numeric-reg -include $here/loongarch.h")
		fi ;;
	types:*)
		cc=${real%% *}
		tools=("CC=$here/fakecc '$real'") ;;
	*)
		cc=$1gcc
		tools=("CROSS_COMPILE=$1" "CC=$here/cc $1gcc") ;;
	esac
}

# measure TREE KEY: compiles the row in TREE; sets result to the file that says what came of it:
# lines of "compiler TEXT", "object FILE", "failed FILE", "error TEXT", "warning TEXT".
measure() {
	local src=$1 key=$2 out=$cache/out.$$ t
	local -a want=() unable=() files=()
	if ! command -v "$cc" >/dev/null; then
		result=
		return
	fi
	[[ $config != */* ]] || for t in ${config//,/ }; do files+=("$tree/$t"); done
	t=$({ echo "$row $arch $compiler $config $options $targets $all_targets"; "$cc" --version | head -n 1
		cat "$here/cc" "$here/fakecc" "$here"/*.h "${files[@]}"; } | sha256sum | cut -c 1-16)
	result=$cache/results/$key-$row-$t
	[ "$key" != - ] || rm -f "$result"
	if [ -s "$result" ] && ! grep -q '^\(failed\|error\) ' "$result"; then
		return
	fi

	rm -rf "$out" "$result.new"
	mkdir -p "$out"
	local -a mk=(nice make -C "$src" "O=$out" "ARCH=$arch" "-j$jobs" "${tools[@]}" "HOSTCC=$host")
	# um's Makefile goes into arch/um on its own: with several jobs an object there may be compiled twice at once.
	[ "$arch" != um ] || mk+=(-j1)
	echo "compiler $("$cc" --version | head -n 1)" >"$result.new"
	{
		if [ ${#files[@]} -gt 0 ]; then
			cat "${files[@]}" >"$out/fragment" &&
			KCONFIG_ALLCONFIG=$out/fragment "${mk[@]}" -s allnoconfig
		else
			"${mk[@]}" -s "$config"
		fi &&
		if [ "$options" != - ]; then
			for t in ${options//,/ }; do
				"$src/scripts/config" --file "$out/.config" --set-val "${t%%=*}" "${t#*=}"
			done
			"${mk[@]}" -s olddefconfig
			for t in ${options//,/ }; do
				case $t in
				*=n) ! grep -q "^CONFIG_${t%%=*}=" "$out/.config" ;;
				*) grep -q "^CONFIG_$t\$" "$out/.config" ;;
				esac || { echo "error: $t does not take effect"; false; }
			done
		fi && "${mk[@]}" -s W=1 prepare
	} >"$out/config.log" 2>&1 </dev/null || {
		sed -n '/[Ee]rror/s/^/error /p' "$out/config.log" | head -n 20 >>"$result.new"
		echo "failed configuration" >>"$result.new"
		mv "$result.new" "$result"
		cp "$out/config.log" "$cache/$row.log"
		rm -rf "$out"
		return
	}

	for t in $all_targets ${targets//,/ }; do
		case ",$targets," in
		*",!${t#!},"*) [[ $t != !* ]] || unable+=("${t#!}") ;;
		*) want+=("$t") ;;
		esac
	done
	! grep -q '^CONFIG_HUGETLB_PAGE=y' "$out/.config" || want+=(mm/hugetlb.o)
	"${mk[@]}" -k W=1 "${want[@]}" >"$out/log.1" 2>"$out/log.2" </dev/null
	{
		sed -n 's/^  \(CC\|AS\)  *\(\[M\]  *\)\?\([^ ]*\)$/object \3/p' "$out/log.1" | sort -u
		sed -n 's/^make.*\*\*\* \[[^]]*: \(.*\)\] Error .*/failed \1/p; s/^make.*\*\*\* No rule to make target '\''\([^'\'']*\)'\''.*/failed \1/p' "$out/log.2" |
			grep -v '^failed \(__.*\|sub-make\|\.\|[^.]*\)$' | sort -u
		# Where does not matter, nor the style of quotes, which depends on the locale.
		sed -n "s#$src/##g; s#^\\(\\.\\./\\)*##; s#:[0-9][0-9:]*: *#: #g; s/‘\|’/'/g
			s/^\([^ ]*: \)\(fatal \)\?[Ee]rror: /error \1/p; s/^\([^ ]*: \)[Ww]arning: /warning \1/p" "$out/log.2" | sort
	} >>"$result.new"
	# What cannot be built here is neither an object nor a failure.
	for t in "${unable[@]}"; do
		sed -i "\\#^\\(object\\|failed\\) $t\$#d; \\#^error ${t%.o}\\.[cS]:#d" "$result.new"
	done
	mv "$result.new" "$result"
	cat "$out/log.2" >"$cache/$row.log"
	rm -rf "$out"
}

mapfile -t repairs < <(printf '%s\n' "${series[@]}" | grep -e "$baseline")
plant base "${repairs[@]}"
base_tree=$tree_dir base_key=$key
if [ "$half" = both ] && [ -z "$patched" ]; then
	plant patched "${series[@]}"
	patched=$tree_dir patched_key=$key
else
	patched_key=-
fi

bad=0 unknown=0 table=()
compiled=$(mktemp) unseen=$(mktemp)
trap 'rm -f "$compiled" "$unseen"' EXIT
while read -r row arch compiler config options targets; do
	if [ $# -gt 0 ]; then
		wanted=no
		for pattern in "$@"; do
			# shellcheck disable=SC2053 # patterns
			[[ $row == $pattern ]] && wanted=yes
		done
		[ $wanted = yes ] || continue
	fi
	toolchain "$compiler"
	measure "$base_tree" "$base_key"
	before=$result after=
	[ "$half" = base ] || measure "$patched" "$patched_key"
	[ "$half" = base ] || after=$result
	if [ -z "$before" ]; then
		line="$row|$cc: not installed|-|-|-|cannot"
	else
		line=$(awk -v row="$row" -v types="${compiler%%:*}" -v after="$after" '
			{ kind = $1; sub(/^[^ ]* /, "") }
			FILENAME != after { n1[kind]++; if (kind == "compiler") cc = $0; base[kind, $0]++; next }
			{ n2[kind]++; new[kind, $0]++; if (new[kind, $0] > base[kind, $0]) more[kind]++ }
			END {
				for (i in base)
					if (i ~ "^object" SUBSEP && !(i in new))
						lost++
				if (n1["failed"] + n1["error"] || !n1["object"])
					verdict = "cannot"
				else if (after == "")
					verdict = "-"
				else if (n2["failed"] + n2["error"])
					verdict = "fails"
				else if (lost)
					verdict = "lost"
				else if (more["warning"])
					verdict = "new " more["warning"]
				else
					verdict = types == "types" ? "types" : "same"
				printf "%s|%s|%d|%d|%s|%s\n", row, cc, n1["object"], n1["warning"],
					after == "" ? "-" : n2["warning"] + 0, verdict
			}' "$before" ${after:+"$after"})
	fi
	verdict=${line##*|}
	echo "$row: $verdict"
	case $verdict in
	new*) diff <(grep '^warning' "$before") <(grep '^warning' "$after") | sed -n 's/^> warning/    new:/p' ;;
	lost) comm -23 <(grep '^object' "$before" | sort) <(grep '^object' "$after" | sort) | sed 's/^/    lost: /' ;;
	fails) grep '^\(failed\|error\)' "$after" | sed 's/^/    /' ;;
	cannot) [ -z "$before" ] || grep '^\(failed\|error\)' "$before" | sed 's/^/    without the series: /' ;;
	esac
	case $verdict in
	new* | lost | fails) bad=1 ;;
	cannot) unknown=1 ;;
	esac
	[ -z "$after" ] || sed -n 's/^object //p' "$after" >>"$compiled"
	table+=("$line")
done < <(grep -v '^#' "$here/rows")
[ ${#table[@]} -gt 0 ] || die "no row is called $*"

echo
{
	echo "row|compiler|objects|warnings before|after|verdict"
	printf '%s\n' "${table[@]}"
} | column -t -s '|'

# Nothing that the series touches may go unseen.
if [ "$half" = both ] && [ $# = 0 ]; then
	(cd "$patches" && sed -n 's#^+++ b/\(.*\.c\)\([[:space:]].*\)\?$#\1#p' "${series[@]}") | sort -u |
		sed 's/c$/o/' | grep -vxF -f <(sed 's/\.s$/.o/' "$compiled") >"$unseen" && {
		sed 's/o$/c: touched by the series, compiled by no row/' "$unseen"
		bad=1
	}
fi
[ $bad = 0 ] || exit 1
[ $unknown = 0 ] || exit 2

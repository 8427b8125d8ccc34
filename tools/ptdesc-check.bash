# SPDX-License-Identifier: GPL-2.0-only
# bash completion for ptdesc-check; install as $(datadir)/bash-completion/completions/ptdesc-check
_ptdesc_check() {
	local word=$2 before=$3 process pids=()

	case $before in
	-f | --format)
		mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$word")
		return ;;
	-d | --describe)
		mapfile -t COMPREPLY < <(compgen -W "all $("$1" -d all 2>/dev/null |
			sed -n 's/^[0-9]* \([a-z-]*\) (.*/\1/p')" -- "$word")
		return ;;
	-o | --output | --listing)
		compopt -o default
		return ;;
	-A | --range | --address)
		return ;;
	esac
	if [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W '--pid --all --range --address --list --quiet --format --json --pretty
			--output --listing --describe --verbose --version --help' -- "$word")
		return
	fi
	# processes with memory of their own
	for process in /proc/[0-9]*; do
		[[ -e $process/exe ]] && pids+=("${process#/proc/}")
	done
	mapfile -t COMPREPLY < <(compgen -W "${pids[*]}" -- "$word")
}
complete -F _ptdesc_check ptdesc-check

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Installs the Debian packages that are listed in ./packages and are missing; silent when none is.
# Usage: setup.sh [GROUP...]	only packages of these groups (column 2); default: every one.
set -euo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
here=$(dirname "$(readlink -f "$0")")

wanted=" ${*:-build guest kernel check} "
mapfile -t packages < <(awk -v w="$wanted" '
	/^[a-z]/ {
		n = split($2, groups, ",")
		for (i = 1; i <= n; i++)
			if (index(w, " " groups[i] " ")) {
				print $1
				break
			}
	}' "$here/packages")
installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "${packages[@]}" 2>/dev/null | sed -n 's/^ii  *//p' || true)
missing=()
for p in "${packages[@]}"; do
	grep -qxF "$p" <<<"$installed" || missing+=("$p")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ]; then
	echo "setup: missing packages: ${missing[*]}: not root (run: apt-get install ${missing[*]})" >&2
	exit 1
fi
echo "setup: installing ${missing[*]}"
log=$(mktemp)
guard=/usr/sbin/policy-rc.d
[ -e "$guard" ] && guard=
tidy() { rm -f "$log" ${guard:+"$guard"}; }
trap tidy EXIT
# Packages are wanted for the guests: no service of theirs is started or enabled on this machine.
[ -z "$guard" ] || { printf '#!/bin/sh\nexit 101\n' >"$guard"; chmod 755 "$guard"; }

apt() { apt-get -qq -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@" </dev/null >>"$log" 2>&1; }
install() { apt --no-install-recommends install "${missing[@]}"; }
# Lists may be absent (a container) or name versions that the registry no longer has: refresh and retry.
if ! install && ! { apt update && install; }; then
	tail -n 20 "$log" >&2
	echo "setup: packages: ${missing[*]}: cannot install (see above; is this Debian 12 with its registry within reach?)" >&2
	exit 1
fi
if [[ " ${missing[*]} " == *" redis-server "* && -d /run/systemd/system ]]; then
	systemctl -q disable redis-server || true
fi

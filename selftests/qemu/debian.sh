# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-only
# Sourced behind cache.sh: packages of another Debian than this machine's, by apt with a state of its own; nothing is installed.

# Where this machine has its Debian from, without a word of its lists.
debian_mirror() {
	# shellcheck disable=SC2016 # apt's own words
	apt-get indextargets --format '$(ORIGIN) $(LABEL) $(CODENAME) $(REPO_URI)' 'Created-By: Packages' |
		sed -n 's/^Debian Debian bookworm //p' | head -n 1
}

# debian_lists DIR ARCH SUITE: fetches the lists of packages to DIR. From then on `apt-get -c DIR/conf` is about these; what it
# downloads for an install goes to DIR/archives.
debian_lists() {
	local apt=$1 uri
	uri=$(debian_mirror)
	if [ -z "$uri" ]; then
		apt-get -qq update
		uri=$(debian_mirror)
		[ -n "$uri" ] || fail "apt knows no Debian bookworm to take packages of $3 for $2 from"
	fi
	rm -rf "$apt"
	mkdir -p "$apt"/{lists/partial,archives/partial}
	: >"$apt/status"
	echo "deb [arch=$2 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $3 main" >"$apt/sources"
	cat >"$apt/conf" <<-END
	APT::Architecture "$2";
	#clear APT::Architectures;
	APT::Architectures { "$2"; };
	APT::Install-Recommends "false";
	APT::Sandbox::User "root";
	#clear APT::Update::Post-Invoke;
	#clear APT::Update::Post-Invoke-Success;
	#clear DPkg::Post-Invoke;
	Acquire::Languages "none";
	Dir::State "$apt";
	Dir::State::status "$apt/status";
	Dir::Cache "$apt";
	Dir::Etc::sourcelist "$apt/sources";
	Dir::Etc::sourceparts "/dev/null";
	Dir::Etc::preferences "/dev/null";
	Dir::Etc::preferencesparts "/dev/null";
	END
	run "$apt/log" apt-get -q -c "$apt/conf" update
}

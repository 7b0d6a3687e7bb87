# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Debian suites in folders, for scripts that source this file. Needs root and network.
#
#   bare_chroot SUITE    the suite as debootstrap makes it, and tshark's packages in apt's cache; prints the folder
#   build_chroot SUITE   the suite with all that is needed to build and to test; prints the folder
#   copy_chroot FROM TO  a copy that may be changed
#   in_chroot FOLDER COMMAND...
#   put_project FOLDER   the project's files alone
#
# Both are kept in /var/cache/tls-closure-ci and brought up to date by apt-get at most once in twelve hours.
# A folder has its name only once it is complete; while apt-get changes it, its mark is away, and without the mark it
# is made anew: an interrupted run leaves nothing broken behind.

chroot_cache=${CLOSURE_CI_CACHE:-/var/cache/tls-closure-ci}
chroot_mirror=${CLOSURE_CI_MIRROR:-http://deb.debian.org/debian}
chroot_security=http://security.debian.org/debian-security
chroot_fresh_minutes=720
chroot_mark=.complete

chroot_fail() {
    echo "${0##*/}: $*" >&2
    exit 1
}

# In namespaces of their own, so that neither a mount nor a process outlives the command. The folder is bound to itself:
# only where the root is a mount can a test make a namespace within.
in_chroot() {
    local root=$1
    shift
    # shellcheck disable=SC2016
    unshare --mount --pid --fork --kill-child bash -c '
        mount --bind "$0" "$0" && mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" &&
        exec chroot "$0" "$@"' "$root" \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

copy_chroot() {
    mkdir -p "$2"
    cp -a --reflink=auto "$1/." "$2"
}

install_on_host() {
    local missing=() package
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    echo "Installing: ${missing[*]}" >&2
    { apt-get update -q && apt-get install -y -q --no-install-recommends "${missing[@]}"; } > /dev/null ||
        chroot_fail "could not install: ${missing[*]}"
}

chroot_sources() {
    echo "deb $chroot_mirror $1 main"
    [ "$1" = testing ] || printf 'deb %s %s main\n' "$chroot_mirror" "$1-updates" "$chroot_security" "$1-security"
}

# What is said of it is shown only if it fails.
quietly() {
    local log
    log=$(mktemp)
    "$@" > "$log" 2>&1 < /dev/null || { tail -40 "$log" >&2; rm -f "$log"; return 1; }
    rm -f "$log"
}

chroot_upgrade() {
    quietly in_chroot "$1" sh -c 'apt-get update -q && apt-get dist-upgrade -y -q' || return 1
    # What was upgraded and what is no longer needed would pile up there; what is to be installed stays.
    quietly in_chroot "$1" apt-get autoclean -q
}

make_bare() {
    local suite=$1 root=$2
    quietly debootstrap --variant=minbase "$suite" "$root" "$chroot_mirror" || return 1
    chroot_sources "$suite" > "$root/etc/apt/sources.list"
    # A mirror that lags behind is signed all the same.
    printf 'Acquire::%s;\n' 'Check-Valid-Until "false"' 'Retries "3"' > "$root/etc/apt/apt.conf.d/90ci"
    # What an interrupted installation leaves is thrown away anyway: no need to wait for the disk.
    echo force-unsafe-io > "$root/etc/dpkg/dpkg.cfg.d/ci"
    chroot_upgrade "$root" && refresh_bare "$root"
}

refresh_bare() {
    quietly in_chroot "$1" apt-get install -y -q --no-install-recommends --download-only tshark
}

make_build() {
    local suite=$1 root=$2 bare
    bare=$(bare_chroot "$suite") || return 1
    copy_chroot "$bare" "$root"
    rm -f "$root/$chroot_mark"
    refresh_build "$root" && quietly in_chroot "$root" apt-get clean
}

refresh_build() {
    local packages
    read -r -d '' -a packages < <(grep -v '^#' "$project/tests/packages.txt") || true
    quietly in_chroot "$1" apt-get install -y -q --no-install-recommends "${packages[@]}" dpkg-dev file
}

# What is asked for may be more than last time, also where nothing is to be upgraded yet.
chroot_update() {
    local kind=$1 root=$2 mark=$2/$chroot_mark
    if [ -n "$(find "$mark" -mmin -$chroot_fresh_minutes)" ]; then
        mv "$mark" "$mark.away"
        "refresh_$kind" "$root" && mv "$mark.away" "$mark"
    else
        rm "$mark"
        chroot_upgrade "$root" && "refresh_$kind" "$root" && touch "$mark"
    fi
}

# make_anew KIND SUITE FOLDER
make_anew() {
    rm -rf "$3"
    "make_$1" "$2" "$3" && touch "$3/$chroot_mark" && return
    rm -rf "$3"
    return 1
}

# ready_chroot KIND SUITE: of two runs at the same time the second waits.
ready_chroot() {
    local kind=$1 suite=$2 root=$chroot_cache/$2-$1
    mkdir -p "$chroot_cache"
    (
        flock 9
        if [ ! -e "$root/$chroot_mark" ]; then
            rm -rf "$root"
            # Twice: a mirror that is being brought up to date lists for a moment what it does not have.
            make_anew "$kind" "$suite" "$root.new" || make_anew "$kind" "$suite" "$root.new" || exit 1
            mv "$root.new" "$root"
        else
            chroot_update "$kind" "$root"
        fi
    ) 9> "$root.lock" || chroot_fail "no $kind folder of $suite: is there a network, and does $chroot_mirror have it?"
    echo "$root"
}

bare_chroot() {
    ready_chroot bare "$1"
}

build_chroot() {
    ready_chroot build "$1"
}

# Every file of the project: what git knows, or else what is not built.
project_files() {
    { git -c safe.directory="$project" -C "$project" ls-files --cached --others --exclude-standard 2> /dev/null ||
        (cd "$project" && find . -path './build*' -prune -o -path ./.git -prune -o -type f -printf '%P\n'); } |
        while read -r file; do [ ! -e "$project/$file" ] || echo "$file"; done
}

put_project() {
    rm -rf "$1"
    mkdir -p "$1"
    project_files | tar -C "$project" -cf - -T - | tar -C "$1" -xf -
}

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What tests/run and tests/gui/run share: they source it. Commands run in silence; only if one fails is its output
# shown.
set -euo pipefail
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$project/build
name=$(realpath --relative-to="$project" "$0")
read -r -d '' -a packages < <(grep -v '^#' "$project/tests/packages.txt") || true
log=$(mktemp)

fail() {
    echo "$name: $*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo > /dev/null; then
        sudo "$@"
    else
        fail "needs root, or sudo, to run: $*"
    fi
}

quietly() {
    "$@" > "$log" 2>&1 < /dev/null || { cat "$log" >&2; fail "failed: $*"; }
}

install_missing() {
    local missing=() package
    for package in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    echo "Installing: ${missing[*]}"
    quietly as_root apt-get update -q
    quietly as_root env DEBIAN_FRONTEND=$DEBIAN_FRONTEND apt-get install -y -q --no-install-recommends "${missing[@]}"
}

build_all() {
    quietly cmake -S "$project" -B "$build" -DCLOSURE_TESTS=ON -DCLOSURE_PERSONAL=OFF
    quietly cmake --build "$build" --parallel "$(nproc)"
}

# Where tshark finds the plugin, if it does.
installed_plugin() {
    tshark -G plugins 2> /dev/null | sed -n 's/^tls_closure\.so *\t.*\t//p'
}

# Root privileges are asked for only if the plugin is not there as it was built.
install_plugin() {
    cmp -s "$build/plugin/tls_closure.so" "$(installed_plugin)" && return
    quietly as_root cmake --install "$build"
    cmp -s "$build/plugin/tls_closure.so" "$(installed_plugin)" ||
        fail "tshark does not load the plugin that was built: tshark -G plugins | grep tls_closure"
}

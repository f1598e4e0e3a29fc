#!/usr/bin/env bash
# The Debian packages that the tests use, and those named as words. Installs what is missing when it can; says what is missing when it cannot.
set -euo pipefail

wanted=(shellcheck busybox-static openssh-client openssh-server dropbear-bin sudo opendoas openssl gpg gpg-agent python3 qemu-utils ruby util-linux iproute2 git zsh fish tinyproxy-bin mitmproxy vagrant vagrant-libvirt "$@")
missing=()
for package in "${wanted[@]}"; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
  echo "missing for the tests: ${missing[*]}; as root: apt-get install ${missing[*]}" >&2
  exit 3
fi
echo "installing for the tests: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
# Only the programs of these packages are wanted on this computer, not their services.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null

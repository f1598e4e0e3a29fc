#!/bin/sh
# Copies the stand-ins into a root tree: install.sh ROOT VERSION, for example install.sh /tmp/root v1.36.1
set -eu

if [ $# -ne 2 ]; then
  echo "usage: install.sh ROOT VERSION" >&2
  exit 2
fi
root=${1%/}
version=${2%+practice}
case $version in
  v[0-9]*.[0-9]*.[0-9]*) ;;
  *) echo "install.sh: not a version: $2" >&2; exit 2 ;;
esac
here=$(cd "$(dirname "$0")" && pwd)

mkdir -p "$root/usr/local/lib/practice" "$root/usr/bin" "$root/etc/practice"
cp "$here"/practice/*.py "$here"/practice/*.json "$root/usr/local/lib/practice/"
for program in kubeadm kubelet crictl containerd; do
  cp "$here/bin/$program" "$root/usr/bin/$program"
  chmod 0755 "$root/usr/bin/$program"
done
# What Alpine's package cni-plugins holds, by name: nothing here starts a container that would call them.
mkdir -p "$root/usr/libexec/cni"
for plugin in bridge host-local loopback portmap; do
  printf '#!/bin/sh\necho "%s: a stand-in of the practice box" >&2\nexit 1\n' "$plugin" > "$root/usr/libexec/cni/$plugin"
  chmod 0755 "$root/usr/libexec/cni/$plugin"
done
printf '%s+practice\n' "$version" > "$root/etc/practice/version"
# Byte code for the guest's python, when the python here makes the same: a slow machine starts the programs faster with it.
if python3 -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2> /dev/null; then
  python3 -m compileall -q --invalidation-mode unchecked-hash -s "$root" "$root/usr/local/lib/practice" > /dev/null
fi

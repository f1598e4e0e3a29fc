# shellcheck shell=bash disable=SC2154 # the variables are those of build.sh
# Part of build.sh: the Debian packages, fetched and unpacked, never installed.

kernel_package() {
    local name
    name=$(apt-cache depends linux-image-cloud-amd64 | awk '$1 == "Depends:" {print $2; exit}')
    [ -n "$name" ] || fail "Debian's package lists name no cloud kernel: run apt-get update"
    printf '%s\n' "$name"
}

# Downloads as root: apt's own user may not enter the folder.
download() {
    local kernel list
    kernel=$(kernel_package) || return 1
    mapfile -t list < <(printf '%s\n' "$kernel" && cat "$1")
    say "fetching ${#list[@]} Debian packages"
    (cd "$work/debs" && apt-get -qq -o APT::Sandbox::User=root download "${list[@]}") >"$work/download.log" 2>&1
}

# Keeps what an earlier build fetched as long as the list of packages is the same.
fetch_packages() {
    local wanted=$work/wanted.txt
    entries "$here/packages.txt" >"$wanted.new"
    if [ -f "$work/debs/complete" ] && cmp -s "$wanted" "$wanted.new"; then
        rm "$wanted.new"
        return 0
    fi
    rm -rf "$work/debs" "$packages"
    mkdir -p "$work/debs"
    if ! apt-cache show busybox-static >/dev/null 2>&1 || ! download "$wanted.new"; then
        say "fetching Debian's package lists, which are missing or old"
        apt-get update -qq || fail "apt-get update failed: is a Debian mirror reachable?"
        download "$wanted.new" || fail "apt-get download failed: $(tail -n 5 "$work/download.log")"
    fi
    mv "$wanted.new" "$wanted"
    touch "$work/debs/complete"
}

# One tree for all; BusyBox' two builds have the same file names, so the static
# one gets a tree of its own.
unpack_packages() {
    local deb tree
    [ -f "$packages/complete" ] && return 0
    rm -rf "$packages"
    mkdir -p "$packages/all" "$packages/static"
    for deb in "$work"/debs/*.deb; do
        tree=$packages/all
        case ${deb##*/} in busybox-static_*) tree=$packages/static ;; esac
        dpkg -x "$deb" "$tree" || fail "cannot unpack ${deb##*/}"
    done
    touch "$packages/complete"
}

# shellcheck shell=bash disable=SC2154 # the functions are those of build.sh
# Part of build.sh: Debian packages, fetched and unpacked, never installed.

# Downloads as root: apt's own user may not enter the folder.
download() { (cd "$1" && apt-get -qq -o APT::Sandbox::User=root download "${@:2}") >"$1.log" 2>&1; }

# fetch_packages LIST FOLDER: one tree, FOLDER/all; BusyBox' two builds have the same file names, so the static one gets
# a tree of its own, FOLDER/static.
fetch_packages() {
    local folder=$2 debs=$2/debs list deb tree
    mapfile -t list < <(entries "$1")
    mkdir -p "$debs" "$folder/all" "$folder/static"
    say "fetching ${#list[@]} Debian packages"
    if ! apt-cache show "${list[@]}" >/dev/null 2>&1 || ! download "$debs" "${list[@]}"; then
        say "fetching Debian's package lists, which are missing or old"
        apt-get update -qq || missing "apt-get update failed: is a Debian mirror reachable?"
        download "$debs" "${list[@]}" || missing "apt-get download failed: $(tail -n 5 "$debs.log")"
    fi
    for deb in "$debs"/*.deb; do
        tree=$folder/all
        case ${deb##*/} in busybox-static_*) tree=$folder/static ;; esac
        dpkg -x "$deb" "$tree" || fail "cannot unpack ${deb##*/}"
    done
    rm -rf "$debs"
}

# shellcheck shell=bash disable=SC2154 # $home is that of the script
# Part of keeper.sh and libvirtd.sh: files and folders of the bench's own over those of the computer.

own_folder() {
    mkdir -p "$home/$2"
    mount --bind "$home/$2" "$1"
}

# own_file FILE LINE…: a copy with lines added.
own_file() {
    cp "$1" "$home/etc/${1##*/}"
    if [ $# -gt 1 ]; then printf '%s\n' "${@:2}" >>"$home/etc/${1##*/}"; fi
    mount --bind "$home/etc/${1##*/}" "$1"
}

# shellcheck shell=bash disable=SC2154 # $packages is the unpacked Debian packages
# Shared libraries for trees made of files of Debian packages.

# Finds a file of the packages under its name or the merged one (/bin, /usr/bin).
packaged() {
    local path
    for path in "$packages/all$1" "$packages/all/usr$1" "$packages/all${1#/usr}"; do
        if [ -e "$path" ]; then
            printf '%s\n' "$path"
            return 0
        fi
    done
    fail "no Debian package in the list has $1"
}

# add_libraries TREE: every shared library that its programs and libraries ask for, as plain files, and the loader.
add_libraries() {
    local tree=$1 lib=$packages/all/lib/x86_64-linux-gnu usrlib=$packages/all/usr/lib/x86_64-linux-gnu loader wanted file
    loader=$lib/ld-linux-x86-64.so.2
    wanted=$(
        find "$tree" -type f \( -perm /111 -o -name '*.so*' \) ! -path "*/modules/*" -print0 |
            while IFS= read -r -d '' file; do
                [ "$(head -c 4 "$file" | tr -d '\0')" = $'\177ELF' ] || continue
                # A program linked statically makes the loader fail, which says nothing.
                ("$loader" --library-path "$lib:$usrlib:$tree/lib:$tree/usr/libexec/sudo" --list "$file" || true) 2>/dev/null
            done
    )
    if grep 'not found' <<<"$wanted" | sort -u >&2; then
        fail "the libraries above are in no package of packages.txt"
    fi
    grep -q '=>' <<<"$wanted" || return 0
    mkdir -p "$tree/lib64" "$tree/lib/x86_64-linux-gnu"
    cp -L "$loader" "$tree/lib/x86_64-linux-gnu/"
    ln -sf ../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 "$tree/lib64/ld-linux-x86-64.so.2"
    awk '$2 == "=>" && $3 ~ /^\// {print $3}' <<<"$wanted" | sort -u |
        while read -r file; do
            case $file in
                "$tree"/*) ;;
                *) cp -L "$file" "$tree/lib/x86_64-linux-gnu/" ;;
            esac
        done
}

# shellcheck shell=bash disable=SC2154 # the variables are those of bench.sh
# Part of bench.sh: builds practice boxes and gives them to Vagrant.

# A name with the version that the kubeadm inside reports.
box_name() { printf 'practice-kubernetes-%s+practice\n' "$1"; }

# One hash over everything that goes into the box but Debian's packages, whose
# list is among it; they are renewed by deleting the folder of the packages.
box_inputs() {
    local root
    root=$(dirname "$bench")
    printf '%s\n' "$1"
    (cd "$root" && find box standins -type f ! -name '*.pyc' ! -path '*/__pycache__/*' -perm /444 -print0 2>/dev/null |
        LC_ALL=C sort -z | xargs -0 sha256sum)
    (cd "$root" && find box standins -type f -perm /100 ! -path '*/__pycache__/*' 2>/dev/null | LC_ALL=C sort)
}

build_if_changed() {
    local version=$1 file=$2 hash
    hash=$(box_inputs "$version" | sha256sum | cut -d' ' -f1)
    if [ -f "$file" ] && [ "$(cat "$file.inputs" 2>/dev/null)" = "$hash" ]; then
        say "$(box_name "$version"): nothing changed, the box is kept"
        return 0
    fi
    rm -f "$file.inputs"
    bash "$(dirname "$bench")/box/build.sh" "$version" "$boxes/build" "$file"
    printf '%s\n' "$hash" >"$file.inputs"
}

# Vagrant keeps its own copy; it is renewed when the box is another one.
add_to_vagrant() {
    local name=$1 file=$2 stamp=$home/vagrant/added-$1
    if [ -f "$stamp" ] && cmp -s "$stamp" "$file.inputs"; then return 0; fi
    mkdir -p "$home/vagrant"
    say "giving $name to Vagrant"
    VAGRANT_HOME=$home/vagrant VAGRANT_CHECKPOINT_DISABLE=1 \
        vagrant box add --force --provider libvirt --name "$name" "$file" >"$home/box-add.log" 2>&1 ||
        fail "vagrant box add failed: $(tail -n 5 "$home/box-add.log")"
    cp "$file.inputs" "$stamp"
}

locked_box() {
    local version=$1 file
    file=$boxes/$(box_name "$version").box
    mkdir -p "$boxes"
    (
        flock 9
        build_if_changed "$version" "$file" 9>&-
        add_to_vagrant "$(box_name "$version")" "$file" 9>&-
        install_kubectl 9>&-
    ) 9>"$boxes/lock"
}

# Debian's real kubectl for this side of the bench, from the packages of the box.
install_kubectl() {
    mkdir -p "$home/bin"
    cmp -s "$boxes/build/packages/all/usr/bin/kubectl" "$home/bin/kubectl" ||
        cp "$boxes/build/packages/all/usr/bin/kubectl" "$home/bin/kubectl"
}

make_box() {
    local version=$1
    [[ $version =~ ^v1\.[0-9]{1,3}\.[0-9]{1,3}$ ]] || refuse "a Kubernetes version looks like $default_version, not $version"
    need_root box
    need_packages
    locked_box "$version"
    printf '%s\n' "$(box_name "$version")"
}

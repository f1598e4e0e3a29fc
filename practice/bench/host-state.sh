# shellcheck shell=bash disable=SC2154 # the variables are those of bench.sh
# Part of bench.sh: what the bench promises to leave alone on this computer.

# Kernel parameters but those that change by themselves.
host_sysctls() {
    local volatile='^/proc/sys/(fs/(dentry-state|file-nr|inode-nr|inode-state|aio-nr|quota/.*|binfmt_misc/.*)'
    volatile+='|kernel/(random/.*|ns_last_pid|pty/nr|perf_event_max_sample_rate|sched_domain/.*|seccomp/.*)'
    volatile+='|net/netfilter/nf_conntrack_count|net/.*/(gc_stale|stable_secret).*|vm/(stat_refresh|drop_caches|compact_memory))$'
    find /proc/sys -type f -perm /444 2>/dev/null | grep -Ev "$volatile" | LC_ALL=C sort | while read -r file; do
        printf 'sysctl %s %s\n' "${file#/proc/sys/}" "$(tr '\n\0' '  ' <"$file" 2>/dev/null)"
    done
}

host_state() {
    printf 'hostname %s\n' "$(uname -n)"
    sed 1d /proc/swaps | awk '{print "swap", $1, $2, $3}'
    awk '{print "mount", $5, $6, $4; for (i = 7; i < NF && $i != "-"; i++) if ($i ~ /^shared/) print "shared", $5}' /proc/self/mountinfo
    ip -o link show | awk -F': ' '{print "link", $2}'
    ip -o route show table all type unicast | sed 's/^/route /'
    sha256sum /etc/passwd /etc/group /etc/hosts /etc/hostname 2>/dev/null | awk '{print "file", $2, $1}'
    host_sysctls
}

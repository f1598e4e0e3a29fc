/** The image of the practice node, as practice/node/container/image.sh names it. */
export const NODE_IMAGE = "practice/node:v1.20.2";

/** Every capability of Docker 20.10 except SYS_RESOURCE, which some computers withhold from containers. */
const CAPABILITIES = (
  "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE " +
  "NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN " +
  "SYS_BOOT SYS_NICE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG " +
  "WAKE_ALARM BLOCK_SUSPEND AUDIT_READ"
).split(" ");

/** What a container needs to be a node; the product renders the same for its own docker provider. */
export const CREATE_ARGUMENTS: readonly string[] = [
  ...CAPABILITIES.flatMap((name) => ["--cap-add", name]),
  ...["seccomp=unconfined", "apparmor=unconfined", "systempaths=unconfined"].flatMap((one) => ["--security-opt", one]),
  ...["--cgroupns", "private", "--device-cgroup-rule", "a *:* rwm", "--tmpfs", "/run", "--volume", "/var"],
  ...["--device", "/dev/kmsg", "--device", "/dev/fuse"],
];

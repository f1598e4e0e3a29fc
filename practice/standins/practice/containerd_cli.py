"""containerd: the daemon's socket, its configuration file, `config default`. No container is ever run."""

import json
import os
import signal
import socket
import sys
import threading

from practice import files
from practice.env import Env, from_environment
from practice.flags import FlagError, parse

VERSION = "v2.1.4+practice"
CONFIG = "/etc/containerd/config.toml"
DEFAULT = """version = 3
root = '/var/lib/containerd'
state = '/run/containerd'
temp = ''
disabled_plugins = []
required_plugins = []
oom_score = 0
imports = []

[grpc]
  address = '/run/containerd/containerd.sock'
  tcp_address = ''
  uid = 0
  gid = 0

[debug]
  address = ''
  level = ''

[plugins]
  [plugins.'io.containerd.cri.v1.images']
    snapshotter = 'overlayfs'
    disable_snapshot_annotations = true
    max_concurrent_downloads = 3

    [plugins.'io.containerd.cri.v1.images'.pinned_images]
      sandbox = 'registry.k8s.io/pause:3.10'

    [plugins.'io.containerd.cri.v1.images'.registry]
      config_path = ''

  [plugins.'io.containerd.cri.v1.runtime']
    enable_selinux = false
    max_container_log_line_size = 16384

    [plugins.'io.containerd.cri.v1.runtime'.containerd]
      default_runtime_name = 'runc'

      [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes]
        [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
          runtime_type = 'io.containerd.runc.v2'
          sandboxer = 'podsandbox'

          [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
            BinaryName = ''
            Root = ''
            SystemdCgroup = false

    [plugins.'io.containerd.cri.v1.runtime'.cni]
      bin_dirs = ['/opt/cni/bin']
      conf_dir = '/etc/cni/net.d'
      max_conf_num = 1
      ip_pref = ''

  [plugins.'io.containerd.grpc.v1.cri']
    disable_tcp_service = true
    stream_server_address = '127.0.0.1'
    stream_server_port = '0'
"""


class ConfigError(Exception):
    """A configuration that containerd does not start with."""


def load_config(env: Env, path: str) -> dict:
    """The settings in force; ConfigError for broken TOML or a wrong version. No file means the defaults."""
    import tomllib

    text = files.read_or(env.path(path), "")
    settings = tomllib.loads(DEFAULT)
    if not text.strip():
        return settings
    try:
        own = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"containerd: failed to load TOML from {path}: toml: {error}") from None
    version = own.get("version", 1)
    if not isinstance(version, int) or version < 2:
        raise ConfigError(f"containerd: failed to load config: unsupported config version `{version}`")
    if version > 3:
        raise ConfigError(f"containerd: expected containerd config version equal to or less than `3`, got `{version}`")
    return _merged(settings, own)


def _merged(base: dict, own: dict) -> dict:
    result = dict(base)
    for key, value in own.items():
        result[key] = _merged(result[key], value) if isinstance(value, dict) and isinstance(result.get(key), dict) else value
    return result


def _cri(settings: dict) -> tuple[dict, str, bool]:
    """CNI settings, sandbox image and SystemdCgroup, in the place of either version of the file."""
    plugins = settings.get("plugins", {})
    old = plugins.get("io.containerd.grpc.v1.cri", {})
    runtime, pictures = plugins.get("io.containerd.cri.v1.runtime", {}), plugins.get("io.containerd.cri.v1.images", {})
    cni = {"bin_dirs": ["/opt/cni/bin"], "conf_dir": "/etc/cni/net.d"} | runtime.get("cni", {}) | old.get("cni", {})
    sandbox = old.get("sandbox_image") or pictures.get("pinned_images", {}).get("sandbox", "")
    place = old.get("containerd", {}).get("runtimes") or runtime.get("containerd", {}).get("runtimes", {})
    return cni, sandbox, bool(place.get("runc", {}).get("options", {}).get("SystemdCgroup"))


def network_ready(env: Env, folder: str) -> bool:
    """Whether a readable network configuration is there."""
    real = env.path(folder)
    if not os.path.isdir(real):
        return False
    for name in sorted(os.listdir(real)):
        if name.endswith((".conflist", ".conf", ".json")):
            try:
                found = json.loads(files.read_or(os.path.join(real, name), ""))
            except ValueError:
                continue
            if isinstance(found, dict) and found.get("name"):
                return True
    return False


def answer(env: Env, settings: dict, call: str) -> dict:
    """The reply to one call of the socket."""
    if any(name in ("cri", "io.containerd.grpc.v1.cri", "io.containerd.cri.v1.runtime") for name in settings.get("disabled_plugins") or []):
        return {"error": "rpc error: code = Unimplemented desc = unknown service runtime.v1.RuntimeService"}
    cni, sandbox, systemd = _cri(settings)
    ready = network_ready(env, cni["conf_dir"])
    if call == "version":
        return {"version": "0.1.0", "runtimeName": "containerd", "runtimeVersion": VERSION, "runtimeApiVersion": "v1"}
    network = {"type": "NetworkReady", "status": ready, "reason": "", "message": ""}
    if not ready:
        network |= {"reason": "NetworkPluginNotReady", "message": "Network plugin returns error: cni plugin not initialized"}
    conditions = [{"type": "RuntimeReady", "status": True, "reason": "", "message": ""}, network]
    config = {"sandboxImage": sandbox, "cni": cni, "systemdCgroup": systemd, "containerdEndpoint": "/run/containerd/containerd.sock"}
    return {"config": config, "status": {"conditions": conditions}, "version": VERSION}


def _serve(env: Env, settings: dict) -> int:
    path = env.path(settings.get("grpc", {}).get("address") or "/run/containerd/containerd.sock")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    files.remove(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    os.chmod(path, 0o600)
    listener.listen(16)

    def end(*_: object) -> None:
        files.remove(path)
        os._exit(0)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    sys.stderr.write(f'time="…" level=info msg=serving... address={path}\n')
    sys.stderr.flush()
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_converse, args=(env, settings, connection), daemon=True).start()


def _converse(env: Env, settings: dict, connection: socket.socket) -> None:
    with connection, connection.makefile("rwb") as stream:
        try:
            asked = json.loads(stream.readline() or b"{}")
            stream.write(json.dumps(answer(env, settings, str(asked.get("call")))).encode() + b"\n")
            stream.flush()
        except (OSError, ValueError, AttributeError):
            return


def main(argv: list[str]) -> int:
    """Runs the daemon, or prints the version or the default configuration."""
    table = {name: "string" for name in ("config", "log-level", "address", "root", "state")} | {"version": "bool"}
    try:
        parsed = parse(table, argv, {"c": "config", "l": "log-level", "a": "address", "v": "version"})
    except FlagError as error:
        sys.stderr.write(f"containerd: flag provided but not defined: {error}\n")
        return 1
    if parsed.on("version"):
        print(f"containerd github.com/containerd/containerd/v2 {VERSION} practice")
        return 0
    if parsed.args == ["config", "default"]:
        sys.stdout.write(DEFAULT)
        return 0
    env = from_environment()
    try:
        settings = load_config(env, parsed.text("config") or CONFIG)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if parsed.args == ["config", "dump"]:
        print(json.dumps(settings, indent=2))
        return 0
    if parsed.args:
        sys.stderr.write(f"containerd: unknown command {' '.join(parsed.args)}\n")
        return 1
    return _serve(env, settings)

"""The checks of kubeadm's configuration (cmd/kubeadm/app/apis/kubeadm/validation/validation.go), with its words."""

import ipaddress
import json
import re

from practice.env import Env
from practice.types_kubeadm import FEATURE_GATES

_DNS = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")
TOKEN = re.compile(r"\A([a-z0-9]{6})\.([a-z0-9]{16})\Z")
GROUP = re.compile(r"\Asystem:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]\Z")
_DNS_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)


def bad(field: str, value: object, why: str) -> str:
    """A field.Invalid."""
    return f"{field}: Invalid value: {json.dumps(value)}: {why}"


def is_dns(name: str) -> bool:
    """A lowercase DNS subdomain."""
    return len(name) <= 253 and bool(_DNS.match(name))


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def split_endpoint(endpoint: str) -> tuple[str, int | None]:
    """Host and port of host[:port]; ValueError when it is no endpoint."""
    match = re.match(r"^(\[[0-9a-fA-F:.]+\]|[^:]+)(?::(\d+))?$", endpoint)
    if match is None or not (_is_ip(match.group(1).strip("[]")) or is_dns(match.group(1))):
        raise ValueError(f"hostport {endpoint}: host and port must be a valid IP address or a RFC-1123 DNS subdomain")
    port = int(match.group(2)) if match.group(2) else None
    if port is not None and not 1 <= port <= 65535:
        raise ValueError(f"hostport {endpoint}: port {port} must be a valid number between 1 and 65535, inclusive")
    return match.group(1).strip("[]"), port


def _node(registration: dict) -> list[str]:
    problems = []
    if not is_dns(registration["name"]):
        problems.append(bad("nodeRegistration.name", registration["name"], _DNS_RULE))
    socket = registration["criSocket"]
    if not socket.startswith("unix://"):
        scheme = socket.split("://")[0]
        problems.append(bad("nodeRegistration.criSocket", socket, f'only URL scheme "unix" is supported, got "{scheme}"'))
    problems += _arguments("nodeRegistration.kubeletExtraArgs", registration.get("kubeletExtraArgs"))
    if registration["imagePullPolicy"] not in ("Always", "IfNotPresent", "Never"):
        problems.append(bad("nodeRegistration.imagePullPolicy", registration["imagePullPolicy"], 'must be one of "Always", "IfNotPresent" or "Never"'))
    return problems


def _arguments(field: str, given: object) -> list[str]:
    names = list(given) if isinstance(given, dict) else [item.get("name", "") for item in given or []]  # type: ignore[attr-defined]
    return [bad(field, f"index {index}", "argument has no name") for index, name in enumerate(names) if not name]


def _endpoint(field: str, endpoint: dict) -> list[str]:
    problems = []
    if not _is_ip(str(endpoint.get("advertiseAddress", ""))):
        problems.append(bad(field + ".advertiseAddress", endpoint.get("advertiseAddress", ""), "ip address is not valid"))
    if not 1 <= int(endpoint.get("bindPort", 6443)) <= 65535:
        problems.append(bad(field + ".bindPort", endpoint["bindPort"], "port number is not valid"))
    return problems


def _certificate_key(field: str, key: str) -> list[str]:
    if key and not re.match(r"^[0-9a-fA-F]*$", key):
        return [bad(field, key, "certificate key decoding error: encoding/hex: invalid byte")]
    if key and len(key) != 64:
        return [bad(field, key, f"invalid certificate key size {len(key) // 2}, the key must be an AES key of size 32")]
    return []


def _tokens(tokens: list[dict]) -> list[str]:
    problems = []
    for index, token in enumerate(tokens):
        field = f"bootstrapTokens.{index}"
        if not TOKEN.match(str(token.get("token", ""))):
            problems.append(bad(f"{field}.token", token.get("token", ""), "the bootstrap token is invalid"))
        unknown = sorted(set(token["usages"]) - {"signing", "authentication"})
        if unknown:
            problems.append(bad(f"{field}.usages", token["usages"], f"invalid bootstrap token usage string: {','.join(unknown)}, valid usage options: [authentication signing]"))
        if token["groups"] and "authentication" not in token["usages"]:
            problems.append(bad(f"{field}.groups", token["groups"], 'token groups cannot be specified unless --usages includes "authentication"'))
        for group in token["groups"]:
            if not GROUP.match(group):
                problems.append(bad(f"{field}.groups", token["groups"], f'bootstrap group "{group}" is invalid (must match {GROUP.pattern[2:-2]})'))
        if "ttl" in token and "expires" in token:
            problems.append(bad(field, "", "the BootstrapToken .TTL and .Expires fields are mutually exclusive"))
    return problems


def _subnet(field: str, text: str, least: int, widest: int | None) -> list[str]:
    problems = []
    for part in text.split(","):
        try:
            network = ipaddress.ip_network(part, strict=False)
        except ValueError:
            return [bad(field, text, "couldn't parse subnet")]
        if network.num_addresses < least:
            problems.append(bad(field, str(network), f"subnet with {network.num_addresses} address(es) is too small, the minimum is {least}"))
        if widest is not None and network.max_prefixlen - network.prefixlen > widest:
            shortest = network.max_prefixlen - widest
            problems.append(bad(field, str(network), f"specified service subnet is too large; for {network.max_prefixlen}-bit addresses, the mask must be >= {shortest}"))
        if widest is None and network.version == 4:
            if network.prefixlen > 24:
                problems.append(bad(field, str(network), f"the size of pod subnet with mask {network.prefixlen} is smaller than the size of node subnet with mask 24"))
            elif 24 - network.prefixlen > 16:
                problems.append(bad(field, str(network), f"pod subnet mask ({network.prefixlen}) and node-mask (24) difference is greater than 16"))
    return problems


def _cluster(cluster: dict, env: Env) -> list[str]:
    problems = []
    networking = cluster["networking"]
    if not is_dns(networking["dnsDomain"]):
        problems.append(bad("networking.dnsDomain", networking["dnsDomain"], _DNS_RULE))
    problems += _subnet("networking.serviceSubnet", networking["serviceSubnet"], 10, 20)
    if networking.get("podSubnet"):
        problems += _subnet("networking.podSubnet", networking["podSubnet"], 10, None)
    for name in (cluster.get("apiServer") or {}).get("certSANs") or []:
        if not is_dns(name.removeprefix("*.")) and not _is_ip(name):
            why = f"altname is not a valid IP address, DNS label or a DNS label with subdomain wildcards: {_DNS_RULE}"
            problems.append(bad("apiServer.certSANs", name, why))
    for component in ("apiServer", "controllerManager", "scheduler"):
        problems += _arguments(f"{component}.extraArgs", (cluster.get(component) or {}).get("extraArgs"))
    if not cluster["certificatesDir"].startswith("/"):
        problems.append(bad("certificatesDir", cluster["certificatesDir"], "path is not absolute"))
    for gate in cluster.get("featureGates") or {}:
        first, last = FEATURE_GATES.get(gate, (1, 0))
        if not first <= env.minor <= last:
            problems.append(bad("featureGates", cluster["featureGates"], f"{gate} is not a valid feature name."))
    try:
        if cluster.get("controlPlaneEndpoint"):
            split_endpoint(cluster["controlPlaneEndpoint"])
    except ValueError:
        problems.append(bad("controlPlaneEndpoint", cluster["controlPlaneEndpoint"], "endpoint is not valid"))
    if not re.match(r"^[a-z0-9]([\w.:/-]*[a-zA-Z0-9])?$", cluster["imageRepository"]):
        problems.append(bad("imageRepository", cluster["imageRepository"], "invalid image repository format"))
    algorithms = ["ECDSA-P256", "RSA-2048", "RSA-3072", "RSA-4096"] + (["ECDSA-P384"] if env.minor >= 34 else [])
    algorithm = cluster.get("encryptionAlgorithm") or "RSA-2048"
    if algorithm not in algorithms:
        shown = f'Invalid encryption algorithm "{algorithm}". Must be one of [{" ".join(sorted(algorithms))}]'
        problems.append(bad("encryptionAlgorithm", algorithm, shown))
    etcd = cluster["etcd"]
    if "local" in etcd and "external" in etcd:
        problems.append(bad("etcd", "", ".Etcd.Local and .Etcd.External are mutually exclusive"))
    elif "local" in etcd and not etcd["local"]["dataDir"].startswith("/"):
        problems.append(bad("etcd.local.dataDir", etcd["local"]["dataDir"], "path is not absolute"))
    return problems


def _kubelet(kubelet: dict) -> list[str]:
    driver = kubelet.get("cgroupDriver")
    if driver and driver not in ("systemd", "cgroupfs"):
        return [f'KubeletConfiguration: invalid configuration: option cgroupDriver specified as "{driver}", must be "systemd" or "cgroupfs"']
    return []


def validate_init(init: dict, cluster: dict, kubelet: dict, env: Env) -> list[str]:
    """Problems of an init's configuration."""
    problems = _node(init["nodeRegistration"]) + _tokens(init["bootstrapTokens"]) + _cluster(cluster, env)
    problems += _endpoint("localAPIEndpoint", init["localAPIEndpoint"])
    return problems + _certificate_key("certificateKey", init.get("certificateKey") or "") + _kubelet(kubelet)


def validate_join(join: dict) -> list[str]:
    """Problems of a JoinConfiguration."""
    problems = []
    discovery = join["discovery"]
    token, file = discovery.get("bootstrapToken"), discovery.get("file")
    if not token and not file:
        problems.append(bad("discovery", "", "bootstrapToken or file must be set"))
    if token and file:
        problems.append(bad("discovery", "", "bootstrapToken and file cannot both be set"))
    if token:
        endpoint = token.get("apiServerEndpoint", "")
        if not endpoint:
            problems.append("discovery.bootstrapToken: Required value: APIServerEndpoint is not set")
        if not token.get("caCertHashes") and not token.get("unsafeSkipCAVerification"):
            why = (
                "using token-based discovery without caCertHashes can be unsafe. Set unsafeSkipCAVerification as true in your kubeadm config file "
                "or pass --discovery-token-unsafe-skip-ca-verification flag to continue"
            )
            problems.append(bad("discovery.bootstrapToken.caCertHashes", "", why))
        if not TOKEN.match(str(token.get("token", ""))):
            problems.append(bad("discovery.bootstrapToken.token", token.get("token", ""), "the bootstrap token is invalid"))
        if not re.match(r"^(\[.*\]|[^:]*):\w+$", endpoint):
            problems.append(bad("discovery.bootstrapToken.apiServerEndpoint", endpoint, f"address {endpoint}: missing port in address"))
        if not TOKEN.match(str(discovery.get("tlsBootstrapToken", ""))):
            problems.append(bad("discovery.tlsBootstrapToken", discovery.get("tlsBootstrapToken", ""), "the bootstrap token is invalid"))
    problems += _node(join["nodeRegistration"])
    plane = join.get("controlPlane")
    if plane is not None:
        problems += _certificate_key("controlPlane.certificateKey", plane.get("certificateKey") or "")
        endpoint = plane.get("localAPIEndpoint") or {}
        if endpoint.get("advertiseAddress"):
            problems += _endpoint("controlPlane.localAPIEndpoint", endpoint)
    if not join["caCertPath"].startswith("/") or not join["caCertPath"].endswith(".crt"):
        problems.append(bad("caCertPath", join["caCertPath"], "the ca certificate path must be an absolute path"))
    return problems

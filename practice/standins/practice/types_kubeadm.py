"""Field names and types of the kubeadm configuration kinds.

Facts from kubernetes/kubernetes cmd/kubeadm/app/apis/kubeadm/v1beta3/types.go, …/v1beta4/types.go (as published up to 1.36,
with `etcd.external.httpEndpoints` since 1.35 from the kubeadm-config.v1beta4 reference page) and
…/apis/bootstraptoken/v1/types.go.
"""

Table = dict[str, dict[str, str]]

_EVERY: Table = {
    "BootstrapToken": {"token": "string", "description": "string", "ttl": "duration", "expires": "string", "usages": "[]string", "groups": "[]string"},
    "APIEndpoint": {"advertiseAddress": "string", "bindPort": "int"},
    "Networking": {"serviceSubnet": "string", "podSubnet": "string", "dnsDomain": "string"},
    "Etcd": {"local": "LocalEtcd", "external": "ExternalEtcd"},
    "Discovery": {"bootstrapToken": "BootstrapTokenDiscovery", "file": "FileDiscovery", "tlsBootstrapToken": "string"},
    "BootstrapTokenDiscovery": {"token": "string", "apiServerEndpoint": "string", "caCertHashes": "[]string", "unsafeSkipCAVerification": "bool"},
    "FileDiscovery": {"kubeConfigPath": "string"},
    "HostPathMount": {"name": "string", "hostPath": "string", "mountPath": "string", "readOnly": "bool", "pathType": "string"},
    "JoinControlPlane": {"localAPIEndpoint": "APIEndpoint", "certificateKey": "string"},
    "Patches": {"directory": "string"},
    "Taint": {"key": "string", "value": "string", "effect": "string", "timeAdded": "string"},
}

_INIT = {
    "bootstrapTokens": "[]BootstrapToken",
    "nodeRegistration": "NodeRegistrationOptions",
    "localAPIEndpoint": "APIEndpoint",
    "certificateKey": "string",
    "skipPhases": "[]string",
    "patches": "Patches",
}
_CLUSTER = {
    "etcd": "Etcd",
    "networking": "Networking",
    "kubernetesVersion": "string",
    "controlPlaneEndpoint": "string",
    "apiServer": "APIServer",
    "controllerManager": "ControlPlaneComponent",
    "scheduler": "ControlPlaneComponent",
    "dns": "DNS",
    "certificatesDir": "string",
    "imageRepository": "string",
    "featureGates": "map[string]bool",
    "clusterName": "string",
}
_JOIN = {
    "nodeRegistration": "NodeRegistrationOptions",
    "caCertPath": "string",
    "discovery": "Discovery",
    "controlPlane": "JoinControlPlane",
    "skipPhases": "[]string",
    "patches": "Patches",
}
_NODE = {
    "name": "string",
    "criSocket": "string",
    "taints": "[]Taint",
    "ignorePreflightErrors": "[]string",
    "imagePullPolicy": "string",
}
_IMAGE = {"imageRepository": "string", "imageTag": "string"}
_ETCD = {"dataDir": "string", "serverCertSANs": "[]string", "peerCertSANs": "[]string"}
_EXTERNAL = {"endpoints": "[]string", "caFile": "string", "certFile": "string", "keyFile": "string"}

V1BETA3: Table = _EVERY | {
    "InitConfiguration": _INIT,
    "ClusterConfiguration": _CLUSTER,
    "JoinConfiguration": _JOIN,
    "NodeRegistrationOptions": _NODE | {"kubeletExtraArgs": "map[string]string"},
    "ControlPlaneComponent": {"extraArgs": "map[string]string", "extraVolumes": "[]HostPathMount"},
    "APIServer": {
        "extraArgs": "map[string]string",
        "extraVolumes": "[]HostPathMount",
        "certSANs": "[]string",
        "timeoutForControlPlane": "duration",
    },
    "DNS": _IMAGE,
    "LocalEtcd": _IMAGE | _ETCD | {"extraArgs": "map[string]string"},
    "ExternalEtcd": _EXTERNAL,
    "Discovery": _EVERY["Discovery"] | {"timeout": "duration"},
}

_COMPONENT4 = {"extraArgs": "[]Arg", "extraVolumes": "[]HostPathMount", "extraEnvs": "[]EnvVar"}
_UPGRADE_NODE = {
    "certificateRenewal": "bool",
    "dryRun": "bool",
    "etcdUpgrade": "bool",
    "ignorePreflightErrors": "[]string",
    "skipPhases": "[]string",
    "patches": "Patches",
    "imagePullPolicy": "string",
    "imagePullSerial": "bool",
}
_UPGRADE_PLAN = {
    "kubernetesVersion": "string",
    "allowExperimentalUpgrades": "bool",
    "allowRCUpgrades": "bool",
    "dryRun": "bool",
    "etcdUpgrade": "bool",
    "ignorePreflightErrors": "[]string",
    "printConfig": "bool",
}

V1BETA4: Table = _EVERY | {
    "InitConfiguration": _INIT | {"dryRun": "bool", "timeouts": "Timeouts"},
    "ClusterConfiguration": _CLUSTER
    | {
        "proxy": "Proxy",
        "encryptionAlgorithm": "string",
        "certificateValidityPeriod": "duration",
        "caCertificateValidityPeriod": "duration",
    },
    "JoinConfiguration": _JOIN | {"dryRun": "bool", "timeouts": "Timeouts"},
    "ResetConfiguration": {
        "cleanupTmpDir": "bool",
        "certificatesDir": "string",
        "criSocket": "string",
        "dryRun": "bool",
        "force": "bool",
        "ignorePreflightErrors": "[]string",
        "skipPhases": "[]string",
        "unmountFlags": "[]string",
        "timeouts": "Timeouts",
    },
    "UpgradeConfiguration": {
        "apply": "UpgradeApplyConfiguration",
        "diff": "UpgradeDiffConfiguration",
        "node": "UpgradeNodeConfiguration",
        "plan": "UpgradePlanConfiguration",
        "timeouts": "Timeouts",
    },
    "UpgradeApplyConfiguration": _UPGRADE_NODE | _UPGRADE_PLAN | {"forceUpgrade": "bool"},
    "UpgradeDiffConfiguration": {"kubernetesVersion": "string", "contextLines": "int"},
    "UpgradeNodeConfiguration": _UPGRADE_NODE,
    "UpgradePlanConfiguration": _UPGRADE_PLAN,
    "NodeRegistrationOptions": _NODE | {"kubeletExtraArgs": "[]Arg", "imagePullSerial": "bool"},
    "ControlPlaneComponent": _COMPONENT4,
    "APIServer": _COMPONENT4 | {"certSANs": "[]string"},
    "DNS": _IMAGE | {"disabled": "bool"},
    "Proxy": {"disabled": "bool"},
    "LocalEtcd": _IMAGE | _ETCD | {"extraArgs": "[]Arg", "extraEnvs": "[]EnvVar"},
    "ExternalEtcd": _EXTERNAL | {"httpEndpoints": "[]string"},
    "Arg": {"name": "string", "value": "string"},
    "EnvVar": {"name": "string", "value": "string", "valueFrom": "any"},
    "Timeouts": {
        "controlPlaneComponentHealthCheck": "duration",
        "kubeletHealthCheck": "duration",
        "kubernetesAPICall": "duration",
        "etcdAPICall": "duration",
        "tlsBootstrap": "duration",
        "discovery": "duration",
        "upgradeManifests": "duration",
    },
}

# Fields that came later inside v1beta4, with the first minor that knows them.
SINCE = {("ExternalEtcd", "httpEndpoints"): 35, ("UpgradePlanConfiguration", "etcdUpgrade"): 33}

# kubeadm's own feature gates (cmd/kubeadm/app/features), first and last minor that knows each.
FEATURE_GATES = {
    "EtcdLearnerMode": (27, 35),
    "PublicKeysECDSA": (19, 36),
    "RootlessControlPlane": (22, 37),
    "UpgradeAddonsBeforeControlPlane": (28, 30),
    "WaitForAllControlPlaneComponents": (30, 37),
    "ControlPlaneKubeletLocalMode": (31, 37),
    "NodeLocalCRISocket": (32, 37),
}


def known(version: str, minor: int) -> Table:
    """The table of an API version ("v1beta3" or "v1beta4") as a kubeadm of that minor has it."""
    table = V1BETA3 if version == "v1beta3" else V1BETA4
    hidden = {(kind, name) for (kind, name), since in SINCE.items() if minor < since}
    return {kind: {name: type_ for name, type_ in fields.items() if (kind, name) not in hidden} for kind, fields in table.items()}

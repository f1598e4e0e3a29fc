"""Field names and types of KubeProxyConfiguration (kubeproxy.config.k8s.io/v1alpha1), and what both component configs share.

Facts from kubernetes/kube-proxy config/v1alpha1/types.go at d37b2e75a8dc (July 2026) and kubernetes/component-base
(config/v1alpha1/types.go, logs/api/v1/types.go, tracing/api/v1/types.go).
"""

KUBE_PROXY: dict[str, dict[str, str]] = {
    "KubeProxyIPTablesConfiguration": {
        "masqueradeBit": "int",
        "masqueradeAll": "bool",
        "localhostNodePorts": "bool",
        "syncPeriod": "duration",
        "minSyncPeriod": "duration",
    },
    "KubeProxyIPVSConfiguration": {
        "syncPeriod": "duration",
        "minSyncPeriod": "duration",
        "scheduler": "string",
        "excludeCIDRs": "[]string",
        "strictARP": "bool",
        "tcpTimeout": "duration",
        "tcpFinTimeout": "duration",
        "udpTimeout": "duration",
    },
    "KubeProxyNFTablesConfiguration": {
        "masqueradeBit": "int",
        "masqueradeAll": "bool",
        "syncPeriod": "duration",
        "minSyncPeriod": "duration",
    },
    "KubeProxyConntrackConfiguration": {
        "maxPerCore": "int",
        "min": "int",
        "tcpEstablishedTimeout": "duration",
        "tcpCloseWaitTimeout": "duration",
        "tcpBeLiberal": "bool",
        "udpTimeout": "duration",
        "udpStreamTimeout": "duration",
    },
    "KubeProxyWinkernelConfiguration": {
        "networkName": "string",
        "sourceVip": "string",
        "enableDSR": "bool",
        "rootHnsEndpointName": "string",
        "forwardHealthCheckVip": "bool",
    },
    "DetectLocalConfiguration": {
        "bridgeInterface": "string",
        "interfaceNamePrefix": "string",
    },
    "KubeProxyConfiguration": {
        "featureGates": "map[string]bool",
        "clientConnection": "ClientConnectionConfiguration",
        "logging": "LoggingConfiguration",
        "hostnameOverride": "string",
        "bindAddress": "string",
        "healthzBindAddress": "string",
        "metricsBindAddress": "string",
        "bindAddressHardFail": "bool",
        "enableProfiling": "bool",
        "showHiddenMetricsForVersion": "string",
        "mode": "string",
        "iptables": "KubeProxyIPTablesConfiguration",
        "ipvs": "KubeProxyIPVSConfiguration",
        "nftables": "KubeProxyNFTablesConfiguration",
        "winkernel": "KubeProxyWinkernelConfiguration",
        "detectLocalMode": "string",
        "detectLocal": "DetectLocalConfiguration",
        "clusterCIDR": "string",
        "nodePortAddresses": "[]string",
        "oomScoreAdj": "int",
        "conntrack": "KubeProxyConntrackConfiguration",
        "configSyncPeriod": "duration",
        "portRange": "string",
        "windowsRunAsService": "bool",
    },
}

COMPONENT_BASE: dict[str, dict[str, str]] = {
    "ClientConnectionConfiguration": {
        "kubeconfig": "string",
        "acceptContentTypes": "string",
        "contentType": "string",
        "qps": "float",
        "burst": "int",
    },
    "LoggingConfiguration": {
        "format": "string",
        "flushFrequency": "any",
        "verbosity": "int",
        "vmodule": "[]VModuleItem",
        "options": "FormatOptions",
    },
    "VModuleItem": {
        "filePattern": "string",
        "verbosity": "int",
    },
    "FormatOptions": {
        "text": "OutputRoutingOptions",
        "json": "OutputRoutingOptions",
    },
    "OutputRoutingOptions": {
        "splitStream": "bool",
        "infoBufferSize": "any",
    },
    "TracingConfiguration": {
        "endpoint": "string",
        "samplingRatePerMillion": "int",
    },
    "Taint": {
        "key": "string",
        "value": "string",
        "effect": "string",
        "timeAdded": "string",
    },
}

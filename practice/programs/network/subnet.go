package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// readNetwork gives the pod network of net-conf.json.
func readNetwork(path string) (*net.IPNet, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var conf struct{ Network string }
	if err := json.Unmarshal(text, &conf); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	_, network, err := net.ParseCIDR(conf.Network)
	if err != nil {
		return nil, fmt.Errorf("%s: Network: %w", path, err)
	}
	return network, nil
}

// subnetEnv gives the text of subnet.env: the subnet is told by its first address, which the bridge will have.
func subnetEnv(network *net.IPNet, podCIDR string, mtu int, ipMasq bool) (string, error) {
	_, subnet, err := net.ParseCIDR(podCIDR)
	if err != nil {
		return "", err
	}
	if !network.Contains(subnet.IP) {
		return "", fmt.Errorf("the pod network %s of net-conf.json does not contain %s, the podCIDR of this node",
			network, podCIDR)
	}
	subnet.IP = subnet.IP.To4()
	subnet.IP[3]++
	const text = "FLANNEL_NETWORK=%s\nFLANNEL_SUBNET=%s\nFLANNEL_MTU=%d\nFLANNEL_IPMASQ=%t\n"
	return fmt.Sprintf(text, network, subnet, mtu, ipMasq), nil
}

// writeSubnetEnv leaves a file alone that says the same.
func writeSubnetEnv(path, text string) (bool, error) {
	if was, err := os.ReadFile(path); err == nil && string(was) == text {
		return false, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return false, err
	}
	return true, replace(path, []byte(text), 0o644)
}

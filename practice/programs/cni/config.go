package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
)

// netConf is the plugin's entry in the CNI file; both paths have the real plugin's defaults.
type netConf struct {
	CNIVersion    string                 `json:"cniVersion"`
	Name          string                 `json:"name"`
	SubnetFile    string                 `json:"subnetFile"`
	DataDir       string                 `json:"dataDir"`
	Delegate      map[string]interface{} `json:"delegate"`
	RuntimeConfig interface{}            `json:"runtimeConfig"`
}

// subnet is what the agent has written for this node.
type subnet struct {
	network string
	subnet  string
	mtu     int
	ipMasq  bool
}

func readConf(in io.Reader) (*netConf, error) {
	conf := &netConf{SubnetFile: "/run/flannel/subnet.env", DataDir: "/var/lib/cni/flannel"}
	if err := json.NewDecoder(in).Decode(conf); err != nil {
		return nil, failed(codeDecode, "failed to load netconf: %v", err)
	}
	for _, own := range []string{"name", "ipam"} {
		if _, has := conf.Delegate[own]; has {
			return nil, failed(codeConfig, "'delegate' dictionary must not have '%s' field, it'll be set by flannel", own)
		}
	}
	return conf, nil
}

func readSubnet(path string) (*subnet, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	values := map[string]string{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if name, value, found := strings.Cut(lines.Text(), "="); found {
			values[name] = value
		}
	}
	var found subnet
	for _, name := range []string{"FLANNEL_NETWORK", "FLANNEL_SUBNET"} {
		_, network, err := net.ParseCIDR(values[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", path, name, err)
		}
		if name == "FLANNEL_NETWORK" {
			found.network = network.String()
		} else {
			found.subnet = network.String()
		}
	}
	if found.mtu, err = strconv.Atoi(values["FLANNEL_MTU"]); err != nil {
		return nil, fmt.Errorf("%s: FLANNEL_MTU: %w", path, err)
	}
	if found.ipMasq, err = strconv.ParseBool(values["FLANNEL_IPMASQ"]); err != nil {
		return nil, fmt.Errorf("%s: FLANNEL_IPMASQ: %w", path, err)
	}
	return &found, nil
}

// delegate gives the configuration with which the bridge plugin is called. The agent masquerades what leaves the pod
// network, so the bridge does it only where the agent does not.
func (conf *netConf) delegate(subnet *subnet) ([]byte, error) {
	values := map[string]interface{}{
		"type":      "bridge",
		"isGateway": true,
		"ipMasq":    !subnet.ipMasq,
		"mtu":       subnet.mtu,
	}
	for name, value := range conf.Delegate {
		values[name] = value
	}
	values["cniVersion"] = conf.CNIVersion
	values["name"] = conf.Name
	values["ipam"] = map[string]interface{}{
		"type":   "host-local",
		"ranges": [][]map[string]string{{{"subnet": subnet.subnet}}},
		"routes": []map[string]string{{"dst": subnet.network}},
	}
	if conf.RuntimeConfig != nil {
		values["runtimeConfig"] = conf.RuntimeConfig
	}
	return json.Marshal(values)
}

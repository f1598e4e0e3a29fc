// The CNI plugin "flannel" of the practice cluster: gives a pod an address of its node's pod network by calling the
// plugins bridge and host-local. It knows that network only from subnet.env, which the network agent writes: until
// then every pod's sandbox fails, as on clusters with the real one.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Codes of the CNI specification.
const (
	codeEnvironment = 4
	codeDecode      = 6
	codeConfig      = 7
	codeInternal    = 999
)

// newest is the last version of the specification that asks for no CHECK, which nobody calls here.
const newest = "0.3.1"

var supportedVersions = []string{"0.1.0", "0.2.0", "0.3.0", newest}

// cniError is what a plugin prints instead of a result.
type cniError struct {
	CNIVersion string `json:"cniVersion"`
	Code       int    `json:"code"`
	Msg        string `json:"msg"`
}

func (e *cniError) Error() string { return e.Msg }

func failed(code int, format string, values ...interface{}) error {
	return &cniError{Code: code, Msg: fmt.Sprintf(format, values...)}
}

func main() {
	os.Exit(run(os.Stdin, os.Stdout, os.Stderr))
}

func run(in io.Reader, out, log io.Writer) int {
	version := newest
	status, err := command(in, out, log, &version)
	if err == nil {
		return status
	}
	var told *cniError
	if !errors.As(err, &told) {
		told = &cniError{Code: codeInternal, Msg: err.Error()}
	}
	told.CNIVersion = version
	_ = json.NewEncoder(out).Encode(told)
	return 1
}

func command(in io.Reader, out, log io.Writer, version *string) (int, error) {
	name := os.Getenv("CNI_COMMAND")
	if name == "VERSION" {
		return 0, json.NewEncoder(out).Encode(map[string]interface{}{
			"cniVersion": *version, "supportedVersions": supportedVersions,
		})
	}
	container := os.Getenv("CNI_CONTAINERID")
	if name == "" || container == "" {
		return 1, failed(codeEnvironment, "required env variables [CNI_COMMAND CNI_CONTAINERID] missing")
	}
	conf, err := readConf(in)
	if err != nil {
		return 1, err
	}
	if conf.CNIVersion != "" {
		*version = conf.CNIVersion
	}
	pod := saved{folder: conf.DataDir, container: container}
	switch name {
	case "ADD":
		return add(conf, pod, out, log)
	case "DEL":
		return del(pod, out, log)
	}
	return 1, failed(codeEnvironment, "unknown CNI_COMMAND: %s", name)
}

func add(conf *netConf, pod saved, out, log io.Writer) (int, error) {
	subnet, err := readSubnet(conf.SubnetFile)
	if err != nil {
		return 1, failed(codeInternal, "loadFlannelSubnetEnv failed: %v", err)
	}
	text, err := conf.delegate(subnet)
	if err != nil {
		return 1, err
	}
	if err := pod.write(text); err != nil {
		return 1, err
	}
	return callDelegate(text, out, log)
}

func del(pod saved, out, log io.Writer) (int, error) {
	text, err := pod.read()
	if errors.Is(err, os.ErrNotExist) {
		// Nothing was added, as when subnet.env was missing; the specification wants DEL to succeed then.
		return 0, nil
	}
	if err != nil {
		return 1, err
	}
	status, err := callDelegate(text, out, log)
	if status == 0 && err == nil {
		return 0, pod.remove()
	}
	return status, err
}

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const subnetEnv = "FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.1.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n"

// node is a folder with a bridge plugin that tells what it was called with.
type node struct {
	folder string
	conf   string
}

func newNode(t *testing.T, bridge string) node {
	t.Helper()
	n := node{folder: t.TempDir()}
	script := "#!/bin/sh\necho \"$CNI_COMMAND $CNI_CONTAINERID\" >>" + n.file("calls") + "\ncat >" + n.file("stdin") + "\n" + bridge + "\n"
	n.write(t, "bridge", script)
	if err := os.Chmod(n.file("bridge"), 0o755); err != nil {
		t.Fatal(err)
	}
	n.conf = `{"cniVersion": "0.3.1", "name": "k8s-pod-network", "type": "flannel", "subnetFile": "` + n.file("subnet.env") +
		`", "dataDir": "` + n.file("data") + `", "delegate": {"hairpinMode": true, "isDefaultGateway": true}}`
	t.Setenv("CNI_PATH", "/nowhere:"+n.folder)
	t.Setenv("CNI_CONTAINERID", "c1")
	return n
}

func (n node) file(name string) string { return filepath.Join(n.folder, name) }

func (n node) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(n.file(name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (n node) read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(n.file(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (n node) run(t *testing.T, command, conf string) (int, string) {
	t.Helper()
	t.Setenv("CNI_COMMAND", command)
	var out bytes.Buffer
	status := run(strings.NewReader(conf), &out, os.Stderr)
	return status, out.String()
}

func wantError(t *testing.T, status int, out string, want cniError) {
	t.Helper()
	var got cniError
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	if status != 1 || got != want {
		t.Errorf("status %d, %+v; wanted 1, %+v", status, got, want)
	}
}

func TestAddFailsWithoutSubnetEnvAndDelThenSucceeds(t *testing.T) {
	n := newNode(t, "exit 9")
	status, out := n.run(t, "ADD", n.conf)
	wantError(t, status, out, cniError{"0.3.1", 999,
		"loadFlannelSubnetEnv failed: open " + n.file("subnet.env") + ": no such file or directory"})
	if status, out := n.run(t, "DEL", n.conf); status != 0 || out != "" {
		t.Errorf("DEL: %d %q", status, out)
	}
	if _, err := os.Stat(n.file("calls")); !os.IsNotExist(err) {
		t.Errorf("the delegate was called: %v", err)
	}
}

func TestAddDelegatesWithTheNodesSubnetAndDelWithTheSame(t *testing.T) {
	n := newNode(t, `echo '{"ips": []}'`)
	n.write(t, "subnet.env", subnetEnv)
	if status, out := n.run(t, "ADD", n.conf); status != 0 || out != "{\"ips\": []}\n" {
		t.Fatalf("ADD: %d %q", status, out)
	}
	var got, want map[string]interface{}
	added := n.read(t, "stdin")
	for text, into := range map[string]*map[string]interface{}{
		added: &got,
		`{"cniVersion": "0.3.1", "name": "k8s-pod-network", "type": "bridge", "mtu": 1450, "ipMasq": false, "isGateway": true,
		  "hairpinMode": true, "isDefaultGateway": true, "ipam": {"type": "host-local",
		  "ranges": [[{"subnet": "10.244.1.0/24"}]], "routes": [{"dst": "10.244.0.0/16"}]}}`: &want,
	} {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the bridge was given %v; wanted %v", got, want)
	}
	if err := os.Remove(n.file("subnet.env")); err != nil {
		t.Fatal(err)
	}
	for range []string{"first", "again"} {
		if status, _ := n.run(t, "DEL", n.conf); status != 0 {
			t.Errorf("DEL: %d", status)
		}
	}
	if n.read(t, "stdin") != added {
		t.Errorf("deleted with %s, added with %s", n.read(t, "stdin"), added)
	}
	if calls := n.read(t, "calls"); calls != "ADD c1\nDEL c1\n" {
		t.Errorf("calls: %q", calls)
	}
}

func TestTheDelegatesErrorGoesOutAsItIsAndDelIsTriedAgain(t *testing.T) {
	n := newNode(t, `echo '{"code": 11}'; exit 3`)
	n.write(t, "subnet.env", subnetEnv)
	for _, command := range []string{"ADD", "DEL", "DEL"} {
		if status, out := n.run(t, command, n.conf); status != 3 || out != "{\"code\": 11}\n" {
			t.Errorf("%s: %d %q", command, status, out)
		}
	}
	if calls := n.read(t, "calls"); calls != "ADD c1\nDEL c1\nDEL c1\n" {
		t.Errorf("calls: %q", calls)
	}
}

func TestWhatCannotBeUsedIsRefused(t *testing.T) {
	n := newNode(t, "exit 9")
	n.write(t, "subnet.env", strings.Replace(subnetEnv, "10.244.1.1/24", "10.244.1.1", 1))
	status, out := n.run(t, "ADD", n.conf)
	wantError(t, status, out, cniError{"0.3.1", 999, "loadFlannelSubnetEnv failed: " + n.file("subnet.env") +
		": FLANNEL_SUBNET: invalid CIDR address: 10.244.1.1"})
	status, out = n.run(t, "ADD", "no json")
	wantError(t, status, out, cniError{"0.3.1", 6,
		"failed to load netconf: invalid character 'o' in literal null (expecting 'u')"})
	status, out = n.run(t, "ADD", `{"delegate": {"ipam": {}}}`)
	wantError(t, status, out, cniError{"0.3.1", 7,
		"'delegate' dictionary must not have 'ipam' field, it'll be set by flannel"})
	for _, command := range []string{"GUESS", "CHECK"} {
		status, out = n.run(t, command, n.conf)
		wantError(t, status, out, cniError{"0.3.1", 4, "unknown CNI_COMMAND: " + command})
	}
	t.Setenv("CNI_PATH", "/nowhere")
	n.write(t, "subnet.env", subnetEnv)
	status, out = n.run(t, "ADD", n.conf)
	wantError(t, status, out, cniError{"0.3.1", 999, `failed to find plugin "bridge" in path [/nowhere]`})
	t.Setenv("CNI_CONTAINERID", "")
	status, out = n.run(t, "ADD", n.conf)
	wantError(t, status, out, cniError{"0.3.1", 4, "required env variables [CNI_COMMAND CNI_CONTAINERID] missing"})
}

func TestVersion(t *testing.T) {
	n := newNode(t, "exit 9")
	want := `{"cniVersion":"0.3.1","supportedVersions":["0.1.0","0.2.0","0.3.0","0.3.1"]}` + "\n"
	if status, out := n.run(t, "VERSION", `{"cniVersion": "0.3.1"}`); status != 0 || out != want {
		t.Errorf("%d %q", status, out)
	}
}

package main

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestLists(t *testing.T) {
	_, socket := start(t)
	running, exited := "bbbbbbbbbbbbbbbbbbbb\n", "aaaaaaaaaaaaaaaaaaaa\n"
	for words, wanted := range map[string]string{
		"ps -q":                               running,
		"ps -a -q":                            running + exited,
		"ps --state Exited --quiet":           exited,
		"ps -q --name ^etc --label a=b":       running,
		"ps -q --name ^tcd":                   "",
		"ps --all -q --label a=b":             running,
		"ps --name ^etcd$ --state Running -q": running,
		"pods -q":                             "ffffffffffffffffffff\n",
		"ps": "CONTAINER           IMAGE               CREATED              STATE               NAME                ATTEMPT             POD ID\n" +
			"bbbbbbbbbbbbb       1111111111111       About a minute ago   Running             etcd                1                   fffffffffffff\n",
	} {
		out, _, failed := crictl(append([]string{"-r", "unix://" + socket}, strings.Fields(words)...)...)
		if failed != "" || out != wanted {
			t.Errorf("%s: got %q %s", words, out, failed)
		}
	}
}

func TestJSON(t *testing.T) {
	_, socket := start(t)
	for words, wanted := range map[string]string{
		"info": `{"status": {"conditions": [{"type": "RuntimeReady", "status": false, "reason": "", "message": ""}]},
			"config": {"sandboxImage": "pause:3.2"}, "golang": "go1.19", "lastCNILoadStatus": "no network <config>"}`,
		"inspecti there:1": `{"status": {"id": "sha256:1", "repoTags": [], "repoDigests": [], "size": "0", "uid": null,
			"username": "", "spec": null}}`,
	} {
		out, _, failed := crictl(append([]string{"--runtime-endpoint", socket}, strings.Fields(words)...)...)
		var got, want interface{}
		if err := json.Unmarshal([]byte(wanted), &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(out), &got); err != nil || failed != "" || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %s, got %s", words, err, failed, out)
		}
	}
}

func TestActions(t *testing.T) {
	fake, socket := start(t)
	for _, one := range [][3]string{
		{"stop --timeout 30 c1 c2", "stop c1 30s, stop c2 30s", "c1\nc2\n"},
		{"stopp p1", "stopp p1", "Stopped sandbox p1\n"},
		{"rmp p1 p2", "rmp p1, rmp p2", "Removed sandbox p1\nRemoved sandbox p2\n"},
		{"pull a:1", "", "Image is up to date for sha256:of-a:1\n"},
		{"exec c1 true", "true", "out\n"},
		{"version", "", "Version:  0.1.0\nRuntimeName:  fake\nRuntimeVersion:  1\nRuntimeApiVersion:  v1alpha2\n"},
		{"--version", "", "crictl version 1.20.2\n"},
	} {
		fake.done = nil
		out, _, failed := crictl(append([]string{"-r", socket, "--timeout", "10s"}, strings.Fields(one[0])...)...)
		if failed != "" || strings.Join(fake.done, ", ") != one[1] || out != one[2] {
			t.Errorf("%s: did %q, said %q %s", one[0], fake.done, out, failed)
		}
	}
}

func TestRefusals(t *testing.T) {
	fake, socket := start(t)
	for words, wanted := range map[string]string{
		"":                      "usage: crictl [-r|--runtime-endpoint ENDPOINT]",
		"-h":                    "help requested; usage: crictl [-r|--runtime-endpoint ENDPOINT]",
		"logs c1":               "No help topic for 'logs'; usage: crictl",
		"--nonsense":            "flag provided but not defined: -nonsense; usage: crictl",
		"ps -o json":            "flag provided but not defined: -o; usage: crictl ps [-a] [-q]",
		"ps x":                  "usage: crictl ps [-a] [-q]",
		"ps --state gone":       "--state should be one of created, running, exited or unknown",
		"ps --name (":           "listing containers: error parsing regexp",
		"ps --label a":          "incorrectly specified label: a",
		"pods":                  "usage: crictl pods -q",
		"stop":                  "usage: crictl stop [--timeout SECONDS] CONTAINER-ID...",
		"stop --timeout 30s c1": `invalid value "30s" for flag -timeout`,
		"rmp running":           `removing the pod sandbox "running": it is running, please stop it first`,
		"inspecti gone:1":       `no such image "gone:1" present`,
		"exec -it c1 sh":        "flag provided but not defined: -it; usage: crictl exec CONTAINER-ID COMMAND [ARG...]",
		"exec c1 sh -c":         "execing command in container c1: command terminated with exit code 1",
		"-t 100ms stop slow":    `stopping the container "slow": rpc error: code = DeadlineExceeded`,
		"-r tcp://h:1 info":     `endpoint "tcp://h:1" is not unix://`,
	} {
		out, _, failed := crictl(append([]string{"-r", socket}, strings.Fields(words)...)...)
		if !strings.Contains(failed, wanted) {
			t.Errorf("%s: got %q %q", words, out, failed)
		}
	}
	for _, one := range fake.done {
		if strings.HasPrefix(one, "rmp") {
			t.Error("a running pod was removed")
		}
	}
	if _, errOut, _ := crictl("-r", socket, "exec", "c1", "false", "x"); errOut != "err\n" {
		t.Errorf("got %q", errOut)
	}
}

func TestRuntimeThatIsDown(t *testing.T) {
	for _, command := range []string{"info", "version"} {
		_, _, failed := crictl("-r", "unix:///nowhere/cri.sock", command)
		for _, wanted := range []string{"validate service connection: ", "code = Unavailable", "dial unix /nowhere/cri.sock"} {
			if !strings.Contains(failed, wanted) {
				t.Errorf("%s: got %q, without %q", command, failed, wanted)
			}
		}
	}
}

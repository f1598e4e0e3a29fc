package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1alpha2"
)

// fakeRuntime has two containers of one pod, and answers nothing that is not written here.
type fakeRuntime struct {
	cri.UnimplementedRuntimeServiceServer
	cri.UnimplementedImageServiceServer
	done    []string
	logPath string
}

func (f *fakeRuntime) did(words ...string) { f.done = append(f.done, strings.Join(words, " ")) }

func (f *fakeRuntime) Version(context.Context, *cri.VersionRequest) (*cri.VersionResponse, error) {
	return &cri.VersionResponse{Version: "0.1.0", RuntimeName: "fake", RuntimeVersion: "1", RuntimeApiVersion: "v1alpha2"}, nil
}

func (f *fakeRuntime) ImageFsInfo(context.Context, *cri.ImageFsInfoRequest) (*cri.ImageFsInfoResponse, error) {
	return &cri.ImageFsInfoResponse{}, nil
}

func (f *fakeRuntime) Status(_ context.Context, r *cri.StatusRequest) (*cri.StatusResponse, error) {
	answer := &cri.StatusResponse{Status: &cri.RuntimeStatus{Conditions: []*cri.RuntimeCondition{{Type: "RuntimeReady", Status: true}}}}
	if r.Verbose {
		answer.Info = map[string]string{"config": `{"sandboxImage":"pause:3.2"}`, "golang": `"go1.19"`}
	}
	return answer, nil
}

func (f *fakeRuntime) ListContainers(_ context.Context, r *cri.ListContainersRequest) (*cri.ListContainersResponse, error) {
	answer := &cri.ListContainersResponse{}
	for _, one := range []*cri.Container{
		{Id: "aaaaaaaaaaaaaaaaaaaa", PodSandboxId: "ffffffffffffffffffff", CreatedAt: time.Now().Add(-time.Hour).UnixNano(), State: cri.ContainerState_CONTAINER_EXITED,
			Metadata: &cri.ContainerMetadata{Name: "etcd"}, Image: &cri.ImageSpec{Image: "sha256:1111111111111111111111"}},
		{Id: "bbbbbbbbbbbbbbbbbbbb", PodSandboxId: "ffffffffffffffffffff", CreatedAt: time.Now().Add(-time.Minute).UnixNano(), State: cri.ContainerState_CONTAINER_RUNNING,
			Metadata: &cri.ContainerMetadata{Name: "etcd", Attempt: 1}, Image: &cri.ImageSpec{Image: "sha256:1111111111111111111111"}, Labels: map[string]string{"a": "b"}},
	} {
		state, wanted := r.Filter.State, true
		for key, value := range r.Filter.LabelSelector {
			wanted = wanted && one.Labels[key] == value
		}
		if wanted && (state == nil || state.State == one.State) {
			answer.Containers = append(answer.Containers, one)
		}
	}
	return answer, nil
}

func (f *fakeRuntime) ListPodSandbox(context.Context, *cri.ListPodSandboxRequest) (*cri.ListPodSandboxResponse, error) {
	return &cri.ListPodSandboxResponse{Items: []*cri.PodSandbox{{Id: "ffffffffffffffffffff", CreatedAt: time.Now().Add(-time.Hour).UnixNano(),
		Metadata: &cri.PodSandboxMetadata{Name: "etcd-m1", Namespace: "kube-system"}}}}, nil
}

func (f *fakeRuntime) ListImages(context.Context, *cri.ListImagesRequest) (*cri.ListImagesResponse, error) {
	return &cri.ListImagesResponse{Images: []*cri.Image{{Id: "sha256:1111111111111111111111", RepoTags: []string{"k8s.gcr.io/etcd:3.4", "etcd:old"}, Size_: 1500000},
		{Id: "sha256:2222", RepoDigests: []string{"host:5000/app@sha256:33"}}}}, nil
}

func (f *fakeRuntime) ImageStatus(_ context.Context, r *cri.ImageStatusRequest) (*cri.ImageStatusResponse, error) {
	if r.Image.Image == "there:1" {
		return &cri.ImageStatusResponse{Image: &cri.Image{Id: "sha256:1"}}, nil
	}
	return &cri.ImageStatusResponse{}, nil
}

func (f *fakeRuntime) PullImage(_ context.Context, r *cri.PullImageRequest) (*cri.PullImageResponse, error) {
	return &cri.PullImageResponse{ImageRef: "sha256:of-" + r.Image.Image}, nil
}

func (f *fakeRuntime) ContainerStatus(_ context.Context, r *cri.ContainerStatusRequest) (*cri.ContainerStatusResponse, error) {
	return &cri.ContainerStatusResponse{Status: &cri.ContainerStatus{Id: r.ContainerId, State: cri.ContainerState_CONTAINER_RUNNING, CreatedAt: 1e9, LogPath: f.logPath},
		Info: map[string]string{"info": `{"pid":7}`}}, nil
}

func (f *fakeRuntime) PodSandboxStatus(context.Context, *cri.PodSandboxStatusRequest) (*cri.PodSandboxStatusResponse, error) {
	return &cri.PodSandboxStatusResponse{Status: &cri.PodSandboxStatus{State: cri.PodSandboxState_SANDBOX_READY}}, nil
}

func (f *fakeRuntime) StopContainer(wait context.Context, r *cri.StopContainerRequest) (*cri.StopContainerResponse, error) {
	if r.ContainerId == "slow" {
		<-wait.Done()
	}
	f.did("stop", r.ContainerId, time.Duration(r.Timeout*1e9).String())
	return &cri.StopContainerResponse{}, nil
}

func (f *fakeRuntime) RemoveContainer(_ context.Context, r *cri.RemoveContainerRequest) (*cri.RemoveContainerResponse, error) {
	f.did("rm", r.ContainerId)
	return &cri.RemoveContainerResponse{}, nil
}

func (f *fakeRuntime) StopPodSandbox(_ context.Context, r *cri.StopPodSandboxRequest) (*cri.StopPodSandboxResponse, error) {
	f.did("stopp", r.PodSandboxId)
	return &cri.StopPodSandboxResponse{}, nil
}

func (f *fakeRuntime) RemovePodSandbox(_ context.Context, r *cri.RemovePodSandboxRequest) (*cri.RemovePodSandboxResponse, error) {
	f.did("rmp", r.PodSandboxId)
	return &cri.RemovePodSandboxResponse{}, nil
}

func (f *fakeRuntime) ExecSync(_ context.Context, r *cri.ExecSyncRequest) (*cri.ExecSyncResponse, error) {
	f.did(r.Cmd...)
	return &cri.ExecSyncResponse{Stdout: []byte("out\n"), Stderr: []byte("err\n"), ExitCode: int32(len(r.Cmd) - 1)}, nil
}

// start serves the fake by a socket, which it names.
func start(t *testing.T) (*fakeRuntime, string) {
	socket := filepath.Join(t.TempDir(), "cri.sock")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	fake, server := &fakeRuntime{}, grpc.NewServer()
	cri.RegisterRuntimeServiceServer(server, fake)
	cri.RegisterImageServiceServer(server, fake)
	go server.Serve(listener)
	t.Cleanup(server.Stop)
	return fake, socket
}

// crictl gives what was written, and the words of the error.
func crictl(args ...string) (out, errOut, failed string) {
	var one, two bytes.Buffer
	if err := run(args, &one, &two); err != nil {
		failed = err.Error()
	}
	return one.String(), two.String(), failed
}

func TestLists(t *testing.T) {
	_, socket := start(t)
	running, exited := "bbbbbbbbbbbbbbbbbbbb\n", "aaaaaaaaaaaaaaaaaaaa\n"
	for words, wanted := range map[string]string{
		"ps -q": running, "ps -aq": running + exited, "ps --state Exited --quiet": exited, "ps -q --name ^etc --label a=b": running,
		"ps -q --name ^tcd": "", "ps -a -q --label a=b": running, "pods -q": "ffffffffffffffffffff\n", "images -q": "sha256:1111111111111111111111\nsha256:2222\n",
		"ps": "CONTAINER           IMAGE               CREATED              STATE               NAME                ATTEMPT             POD ID\n" +
			"bbbbbbbbbbbbb       1111111111111       About a minute ago   Running             etcd                1                   fffffffffffff\n",
		"pods": "POD ID              CREATED             STATE               NAME                NAMESPACE           ATTEMPT             RUNTIME\n" +
			"fffffffffffff       About an hour ago   Ready               etcd-m1             kube-system         0                   (default)\n",
		"images": "IMAGE               TAG                 IMAGE ID            SIZE\n" +
			"k8s.gcr.io/etcd     3.4                 1111111111111       1.5MB\netcd                old                 1111111111111       1.5MB\n" +
			"host:5000/app       <none>              2222                0B\n",
	} {
		if out, _, failed := crictl(append([]string{"-r", "unix://" + socket}, strings.Fields(words)...)...); failed != "" || out != wanted {
			t.Errorf("%s: got %q %s", words, out, failed)
		}
	}
}

func TestJSON(t *testing.T) {
	_, socket := start(t)
	for words, wanted := range map[string]string{
		"info":                "config golang status",
		"info -q":             "status",
		"ps -o json":          "containers",
		"pods --output=json":  "items",
		"inspect abc":         "info status",
		"inspecti -q there:1": "status",
	} {
		out, _, failed := crictl(append([]string{"--runtime-endpoint", socket}, strings.Fields(words)...)...)
		var found map[string]interface{}
		if err := json.Unmarshal([]byte(out), &found); err != nil || failed != "" {
			t.Errorf("%s: %v, %s", words, err, failed)
		}
		for _, key := range strings.Fields(wanted) {
			if found[key] == nil || len(found) != len(strings.Fields(wanted)) {
				t.Errorf("%s: %s, wanted %s", words, out, wanted)
			}
		}
	}
	if out, _, _ := crictl("-r", socket, "inspect", "abc"); !strings.Contains(out, `"state": "CONTAINER_RUNNING"`) {
		t.Errorf("got %s", out)
	}
}

func TestActions(t *testing.T) {
	fake, socket := start(t)
	for _, one := range [][3]string{
		{"stop --timeout 30 c1 c2", "stop c1 30s, stop c2 30s", "c1\nc2\n"},
		{"stopp p1", "stopp p1", "Stopped sandbox p1\n"},
		{"rmp -f p1", "stopp p1, rmp p1", "Stopped sandbox p1\nRemoved sandbox p1\n"},
		{"rm --force c1", "stop c1 0s, rm c1", "c1\nc1\n"},
		{"pull a:1", "", "Image is up to date for sha256:of-a:1\n"},
		{"exec c1 true", "true", "out\n"},
		{"version", "", "Version:  0.1.0\nRuntimeName:  fake\nRuntimeVersion:  1\nRuntimeApiVersion:  v1alpha2\n"},
	} {
		fake.done = nil
		out, _, failed := crictl(append([]string{"-r", socket, "--timeout", "10s"}, strings.Fields(one[0])...)...)
		if failed != "" || strings.Join(fake.done, ", ") != one[1] || out != one[2] {
			t.Errorf("%s: did %q, said %q %s", one[0], fake.done, out, failed)
		}
	}
}

func TestRefusals(t *testing.T) {
	_, socket := start(t)
	for words, wanted := range map[string]string{
		"nonsense":              "No help topic for 'nonsense'",
		"--nonsense":            "flag provided but not defined: -nonsense",
		"ps -aqx":               "flag provided but not defined: -aqx",
		"ps x":                  "usage: crictl ps",
		"ps --state gone":       "--state should be one of created, running, exited or unknown",
		"ps --name (":           "error parsing regexp",
		"ps --label a":          "incorrectly specified label: a",
		"ps -o yaml":            `unsupported output format "yaml"`,
		"stop":                  "usage: crictl stop [flags] CONTAINER-ID...",
		"stop --timeout 30s c1": `invalid value "30s" for flag -timeout`,
		"rm c1":                 `container "c1" is running, please stop it first`,
		"rmp p1":                `pod sandbox "p1" is running, please stop it first`,
		"inspecti gone:1":       `no such image "gone:1" present`,
		"exec -it c1 sh":        "--interactive or --tty is not served",
		"exec c1 sh -c":         "execing command in container c1: command terminated with exit code 1",
		"logs c1":               "has not set log path",
		"-t 100ms stop slow":    `stopping the container "slow": rpc error: code = DeadlineExceeded`,
		"-c /nowhere ps":        "get server config: /nowhere",
		"-i tcp://h:1 images":   `endpoint "tcp://h:1" is not unix://`,
	} {
		if out, _, failed := crictl(append([]string{"-r", socket}, strings.Fields(words)...)...); !strings.Contains(failed, wanted) {
			t.Errorf("%s: got %q %q", words, out, failed)
		}
	}
	if _, errOut, _ := crictl("-r", socket, "exec", "c1", "false", "x"); errOut != "err\n" {
		t.Errorf("got %q", errOut)
	}
}

func TestRuntimeThatIsDown(t *testing.T) {
	for _, command := range []string{"info", "images"} {
		_, _, failed := crictl("-r", "unix:///nowhere/cri.sock", command)
		if !strings.Contains(failed, "validate service connection: ") || !strings.Contains(failed, "code = Unavailable") || !strings.Contains(failed, "dial unix /nowhere/cri.sock") {
			t.Errorf("%s: got %q", command, failed)
		}
	}
}

func TestEndpointOfTheFile(t *testing.T) {
	_, socket := start(t)
	file := filepath.Join(t.TempDir(), "crictl.yaml")
	for content, wanted := range map[string]string{"runtime-endpoint: unix://" + socket + "\ntimeout: 10\n": "", "timeout: soon\n": "cannot unmarshal"} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, failed := crictl("--config", file, "info"); (wanted == "") != (failed == "") || !strings.Contains(failed, wanted) {
			t.Errorf("%q: got %q", content, failed)
		}
	}
}

func TestLogs(t *testing.T) {
	fake, socket := start(t)
	fake.logPath = filepath.Join(t.TempDir(), "0.log")
	text := "2026-01-01T00:00:00Z stdout F one\n2026-01-01T00:00:01Z stderr F bad\n2026-01-01T00:00:02Z stdout P tw\n2026-01-01T00:00:02Z stdout F o\n2026-01-01T00:00:03Z stdout F half"
	if err := os.WriteFile(fake.logPath, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, errOut, failed := crictl("-r", socket, "logs", "c1"); out != "one\ntwo\n" || errOut != "bad\n" || failed != "" {
		t.Errorf("got %q %q %q", out, errOut, failed)
	}
	if out, _, _ := crictl("-r", socket, "logs", "--tail", "1", "c1"); out != "o\n" {
		t.Errorf("got %q", out)
	}
}

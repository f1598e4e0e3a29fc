package main

import (
	"bytes"
	"context"
	"net"
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
	done []string
}

func (f *fakeRuntime) did(words ...string) { f.done = append(f.done, strings.Join(words, " ")) }

func (f *fakeRuntime) Version(context.Context, *cri.VersionRequest) (*cri.VersionResponse, error) {
	return &cri.VersionResponse{
		Version: "0.1.0", RuntimeName: "fake", RuntimeVersion: "1", RuntimeApiVersion: "v1alpha2",
	}, nil
}

func (f *fakeRuntime) Status(_ context.Context, r *cri.StatusRequest) (*cri.StatusResponse, error) {
	status := &cri.RuntimeStatus{Conditions: []*cri.RuntimeCondition{{Type: "RuntimeReady"}}}
	answer := &cri.StatusResponse{Status: status}
	if r.Verbose {
		answer.Info = map[string]string{
			"config": `{"sandboxImage":"pause:3.2"}`, "golang": `"go1.19"`, "lastCNILoadStatus": "no network <config>",
		}
	}
	return answer, nil
}

func (f *fakeRuntime) ListContainers(_ context.Context, r *cri.ListContainersRequest) (*cri.ListContainersResponse, error) {
	answer, image := &cri.ListContainersResponse{}, &cri.ImageSpec{Image: "sha256:1111111111111111111111"}
	for _, one := range []*cri.Container{
		{
			Id: "aaaaaaaaaaaaaaaaaaaa", PodSandboxId: "ffffffffffffffffffff", Image: image,
			CreatedAt: time.Now().Add(-time.Hour).UnixNano(), State: cri.ContainerState_CONTAINER_EXITED,
			Metadata: &cri.ContainerMetadata{Name: "etcd"},
		},
		{
			Id: "bbbbbbbbbbbbbbbbbbbb", PodSandboxId: "ffffffffffffffffffff", Image: image,
			CreatedAt: time.Now().Add(-time.Minute).UnixNano(), State: cri.ContainerState_CONTAINER_RUNNING,
			Metadata: &cri.ContainerMetadata{Name: "etcd", Attempt: 1}, Labels: map[string]string{"a": "b"},
		},
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
	return &cri.ListPodSandboxResponse{Items: []*cri.PodSandbox{{Id: "ffffffffffffffffffff"}}}, nil
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

func (f *fakeRuntime) StopContainer(wait context.Context, r *cri.StopContainerRequest) (*cri.StopContainerResponse, error) {
	if r.ContainerId == "slow" {
		<-wait.Done()
	}
	f.did("stop", r.ContainerId, time.Duration(r.Timeout*1e9).String())
	return &cri.StopContainerResponse{}, nil
}

func (f *fakeRuntime) PodSandboxStatus(_ context.Context, r *cri.PodSandboxStatusRequest) (*cri.PodSandboxStatusResponse, error) {
	status := &cri.PodSandboxStatus{State: cri.PodSandboxState_SANDBOX_NOTREADY}
	if r.PodSandboxId == "running" {
		status.State = cri.PodSandboxState_SANDBOX_READY
	}
	return &cri.PodSandboxStatusResponse{Status: status}, nil
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

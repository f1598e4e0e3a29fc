package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"google.golang.org/grpc"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1alpha2"
	"sigs.k8s.io/yaml"
)

const (
	configFile      = "/etc/crictl.yaml"
	defaultEndpoint = "unix:///run/containerd/containerd.sock"
	defaultTimeout  = 2 * time.Second
	largestAnswer   = 16 << 20
)

// ctx has no end of its own: bounded gives each call one.
var ctx = context.Background()

// client is connected to one endpoint of the runtime.
type client struct {
	cri.RuntimeServiceClient
	cri.ImageServiceClient
	out, errOut io.Writer
	timeout     time.Duration
}

// configure chooses the endpoint: the flag, then the environment, then the file, then containerd's socket.
func (c *client) configure(file, runtime, image string, forImages bool) (string, error) {
	var read struct {
		Runtime string `json:"runtime-endpoint"`
		Image   string `json:"image-endpoint"`
		Timeout int    `json:"timeout"`
	}
	content, err := os.ReadFile(first(file, configFile))
	if err == nil {
		err = yaml.Unmarshal(content, &read)
	}
	if err != nil && (file != "" || !errors.Is(err, os.ErrNotExist)) {
		return "", fmt.Errorf("get server config: %s: %w", first(file, configFile), err)
	}
	if c.timeout <= 0 {
		c.timeout = time.Duration(read.Timeout) * time.Second
	}
	runtime = first(runtime, os.Getenv("CONTAINER_RUNTIME_ENDPOINT"), read.Runtime, defaultEndpoint)
	if forImages {
		return first(image, os.Getenv("IMAGE_SERVICE_ENDPOINT"), read.Image, runtime), nil
	}
	return runtime, nil
}

func first(words ...string) string {
	for _, word := range words {
		if word != "" {
			return word
		}
	}
	return ""
}

// connect asks something small, so that a runtime that is down is told apart from one that refuses the command.
func (c *client) connect(endpoint string) (*grpc.ClientConn, error) {
	path := strings.TrimPrefix(endpoint, "unix://")
	if !filepath.IsAbs(path) {
		return nil, fmt.Errorf("endpoint %q is not unix:// and the absolute path of a socket", endpoint)
	}
	connection, err := grpc.Dial("unix://"+path, grpc.WithInsecure(), grpc.WithUnaryInterceptor(c.bounded),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(largestAnswer)))
	if err != nil {
		return nil, err
	}
	c.RuntimeServiceClient, c.ImageServiceClient = cri.NewRuntimeServiceClient(connection), cri.NewImageServiceClient(connection)
	within := c.timeout
	if within <= 0 {
		within = defaultTimeout
	}
	soon, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if _, err = c.Version(soon, &cri.VersionRequest{}); err != nil {
		return nil, fmt.Errorf("validate service connection: validate CRI v1alpha2 runtime API for endpoint %q: %w", endpoint, err)
	}
	return connection, nil
}

// bounded ends a call after the timeout that was given. Without one, only the connection has to be there in time: kubeadm
// gives none, and stopping a pod takes a while. A command in a container and a pull last as long as they like.
func (c *client) bounded(ctx context.Context, method string, request, answer interface{}, to *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	within := c.timeout
	switch asked := request.(type) {
	case *cri.ExecSyncRequest, *cri.PullImageRequest:
		within = 0
	case *cri.StopContainerRequest:
		within += time.Duration(asked.Timeout) * time.Second
	}
	if c.timeout > 0 && within > 0 {
		bound, cancel := context.WithTimeout(ctx, within)
		defer cancel()
		ctx = bound
	}
	return invoke(ctx, method, request, answer, to, options...)
}

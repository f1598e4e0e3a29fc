package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"google.golang.org/grpc"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1alpha2"
)

const (
	defaultEndpoint = "unix:///run/containerd/containerd.sock"
	connectTimeout  = 2 * time.Second
	largestAnswer   = 16 << 20
)

// ctx has no end of its own: bounded gives each call one.
var ctx = context.Background()

// client is connected to the runtime.
type client struct {
	cri.RuntimeServiceClient
	cri.ImageServiceClient
	out, errOut io.Writer
	endpoint    string
	timeout     time.Duration
}

// connect asks something small, so that a runtime that is down is told apart from one that refuses the command.
func (c *client) connect() (*grpc.ClientConn, error) {
	path := strings.TrimPrefix(c.endpoint, "unix://")
	if !filepath.IsAbs(path) {
		return nil, fmt.Errorf("endpoint %q is not unix:// and the absolute path of a socket", c.endpoint)
	}
	connection, err := grpc.Dial("unix://"+path, grpc.WithInsecure(), grpc.WithUnaryInterceptor(c.bounded),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(largestAnswer)))
	if err != nil {
		return nil, err
	}
	c.RuntimeServiceClient = cri.NewRuntimeServiceClient(connection)
	c.ImageServiceClient = cri.NewImageServiceClient(connection)
	within := connectTimeout
	if c.timeout > 0 {
		within = c.timeout
	}
	soon, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if _, err = c.Version(soon, &cri.VersionRequest{}); err != nil {
		connection.Close()
		return nil, fmt.Errorf("validate service connection: validate CRI v1alpha2 runtime API for endpoint %q: %w",
			c.endpoint, err)
	}
	return connection, nil
}

// bounded ends a call after the timeout that was given. Without one, only the connection has to be there in time: kubeadm
// gives none, and stopping a pod takes a while. A command in a container and a pull last as long as they like.
func (c *client) bounded(ctx context.Context, method string, request, answer interface{}, to *grpc.ClientConn,
	invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
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

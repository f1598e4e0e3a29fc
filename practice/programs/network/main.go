// The practice cluster's pod network, in the place of Canal's images: one program, called in the ways that Canal's
// containers are. Routes to the other nodes go over their own addresses, so all nodes lie in one network.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

var modes = map[string]func(ctx context.Context) error{
	"install":     install,
	"mount-bpffs": mountBpffs,
	"agent":       runAgent,
	"policy": standIn(policyAddress,
		"network policies are NOT enforced in the practice cluster: this container only reports its health"),
	"controllers": standIn(controllersAddress,
		"nothing is controlled in the practice cluster: this pod shows that pods reach the API over the pod network"),
}

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	if len(os.Args) != 2 || modes[os.Args[1]] == nil {
		log.Fatal("usage: network install|mount-bpffs|agent|policy|controllers")
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := modes[os.Args[1]](ctx); err != nil {
		log.Fatalf("network %s: %v", os.Args[1], err)
	}
}

// newClient asks the API where the container's environment says: the Service's address, unless the manifest sets
// KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT itself.
func newClient() (*kubernetes.Clientset, error) {
	config, err := rest.InClusterConfig()
	if err != nil {
		return nil, fmt.Errorf("no access to the API: %w", err)
	}
	return kubernetes.NewForConfig(config)
}

// Command dns is the DNS of a cluster, in the place of CoreDNS, which Debian has no package of.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/miekg/dns"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

const (
	healthAddress = ":8080"
	readyAddress  = ":8181"
)

func main() {
	file := flag.String("conf", "Corefile", "the Corefile to read")
	flag.Parse()
	if err := run(*file); err != nil {
		log.Fatal(err)
	}
}

func run(file string) error {
	content, err := os.Open(file)
	if err != nil {
		return err
	}
	settings, err := readCorefile(file, content)
	content.Close()
	if err != nil {
		return err
	}
	config, err := rest.InClusterConfig()
	if err != nil {
		return fmt.Errorf("plugin/kubernetes: %w", err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("plugin/kubernetes: %w", err)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	failed := make(chan error, 4)
	s := watch(settings, client, ctx.Done())
	packets, err := net.ListenPacket("udp", ":"+settings.port)
	if err != nil {
		return err
	}
	streams, err := net.Listen("tcp", ":"+settings.port)
	if err != nil {
		return err
	}
	go func() { failed <- dns.ActivateAndServe(nil, packets, s) }()
	go func() { failed <- dns.ActivateAndServe(streams, nil, s) }()
	go func() { failed <- http.ListenAndServe(healthAddress, path("/health", func() bool { return true })) }()
	go func() {
		failed <- http.ListenAndServe(readyAddress, path("/ready", func() bool { return ctx.Err() == nil && s.ready() }))
	}()
	log.Printf("answering for %v on port %s, all else from %v", settings.zones, settings.port, settings.upstreams)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		log.Printf("asked to end, answering for %s more", settings.lameduck)
		time.Sleep(settings.lameduck)
	}
	return nil
}

// watch keeps the cluster's objects until stop is closed.
func watch(settings *settings, client kubernetes.Interface, stop <-chan struct{}) *server {
	factory := informers.NewSharedInformerFactory(client, 0)
	core := factory.Core().V1()
	services, endpoints, namespaces := core.Services(), core.Endpoints(), core.Namespaces()
	s := &server{settings: settings, cluster: cluster{services.Lister(), endpoints.Lister(), namespaces.Lister()}}
	for _, one := range []cache.SharedIndexInformer{services.Informer(), endpoints.Informer(), namespaces.Informer()} {
		s.synced = append(s.synced, one.HasSynced)
	}
	factory.Start(stop)
	return s
}

// path answers OK there, or that it is not yet, or no longer, so.
func path(where string, good func() bool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc(where, func(w http.ResponseWriter, _ *http.Request) {
		if !good() {
			http.Error(w, "kubernetes", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprint(w, http.StatusText(http.StatusOK))
	})
	return mux
}

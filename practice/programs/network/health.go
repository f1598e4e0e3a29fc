package main

import (
	"context"
	"log"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// Canal's ports and paths; calico-node is asked on localhost, as it shares the node's network.
const (
	policyAddress      = "127.0.0.1:9099"
	controllersAddress = ":9440"
)

// standIn says what it is not. It is alive at once, and ready when the API has answered it.
func standIn(address, words string) func(context.Context) error {
	return func(ctx context.Context) error {
		log.Print(words)
		client, err := newClient()
		if err != nil {
			return err
		}
		listener, err := net.Listen("tcp", address)
		if err != nil {
			return err
		}
		return serveHealth(ctx, listener, func() error {
			_, err := client.Discovery().ServerVersion()
			return err
		})
	}
}

func serveHealth(ctx context.Context, listener net.Listener, ask func() error) error {
	var ready atomic.Bool
	paths := http.NewServeMux()
	paths.HandleFunc("/liveness", func(http.ResponseWriter, *http.Request) {})
	paths.HandleFunc("/readiness", func(answer http.ResponseWriter, _ *http.Request) {
		if !ready.Load() {
			http.Error(answer, "the API has not answered yet", http.StatusServiceUnavailable)
		}
	})
	server := &http.Server{Handler: paths}
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	go func() {
		for ctx.Err() == nil {
			err := ask()
			if err == nil {
				ready.Store(true)
				return
			}
			log.Printf("the API does not answer: %v", err)
			select {
			case <-ctx.Done():
			case <-time.After(retry):
			}
		}
	}()
	if err := server.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	return nil
}

package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fakeXtables records its calls and refuses what it was not told.
func fakeXtables(t *testing.T, hasJumps bool) (program string, calls func() string) {
	t.Helper()
	folder := t.TempDir()
	program, record := filepath.Join(folder, "xtables"), filepath.Join(folder, "calls")
	there := "1"
	if hasJumps {
		there = "0"
	}
	script := `#!/bin/sh
echo "$*" >>` + record + `
case "$*" in
"iptables-restore --noflush") cat >>` + record + ` ;;
"iptables -t "*" -C "*) exit ` + there + ` ;;
"iptables -t "*" -A "*) ;;
*) echo "not told: $*"; exit 99 ;;
esac
`
	if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return program, func() string {
		text, err := os.ReadFile(record)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
}

const restored = `iptables-restore --noflush
*nat
:FLANNEL-POSTRTG - [0:0]
-A FLANNEL-POSTRTG -s 10.244.0.0/16 -d 10.244.0.0/16 -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG -s 10.244.0.0/16 ! -d 224.0.0.0/4 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully
COMMIT
*filter
:FLANNEL-FWD - [0:0]
-A FLANNEL-FWD -s 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT
-A FLANNEL-FWD -d 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT
COMMIT
`

func TestApplyRules(t *testing.T) {
	const (
		forward = "FORWARD -m comment --comment flanneld forward -j FLANNEL-FWD\n"
		masq    = "POSTROUTING -m comment --comment flanneld masq -j FLANNEL-POSTRTG\n"
	)
	for _, one := range []struct {
		hasJumps bool
		want     string
	}{
		{true, restored + "iptables -t filter -C " + forward + "iptables -t nat -C " + masq},
		{false, restored + "iptables -t filter -C " + forward + "iptables -t filter -A " + forward +
			"iptables -t nat -C " + masq + "iptables -t nat -A " + masq},
	} {
		program, calls := fakeXtables(t, one.hasJumps)
		if err := applyRules(program, "10.244.0.0/16", true); err != nil || calls() != one.want {
			t.Errorf("%v, %s", err, calls())
		}
	}
	program, calls := fakeXtables(t, true)
	if err := applyRules(program, "10.244.0.0/16", false); err != nil || strings.Contains(calls(), "masq") {
		t.Errorf("%v, %s", err, calls())
	}
}

func TestRunProgramTellsWhatWasSaid(t *testing.T) {
	program, _ := fakeXtables(t, true)
	err := runProgram("", program, "guess")
	if err == nil || err.Error() != "guess: exit status 99: not told: guess" {
		t.Error(err)
	}
}

func TestInstallCopiesPluginsThenWritesTheFile(t *testing.T) {
	from, to, configs := t.TempDir(), t.TempDir(), t.TempDir()
	file := filepath.Join(configs, "10-canal.conflist")
	const config = `{"name": "k8s-pod-network", "plugins": [{"type": "flannel"}]}`
	for _, name := range []string{"flannel", "bridge"} {
		if err := os.WriteFile(filepath.Join(from, name), []byte("new "+name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(to, "bridge"), []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := installInto(from, to, file, "{}")
	if err == nil || err.Error() != `CNI_NETWORK_CONFIG is no list of plugins (<nil>): "{}"` {
		t.Error(err)
	}
	if err := installInto(filepath.Join(from, "none"), to, file, config); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if left, _ := os.ReadDir(configs); len(left) != 0 {
		t.Errorf("a CNI file without plugins: %v", left)
	}
	if err := installInto(from, to, file, config); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(to, "flannel"): "new flannel", filepath.Join(to, "bridge"): "new bridge", file: config,
	} {
		if text, err := os.ReadFile(path); err != nil || string(text) != want {
			t.Errorf("%s: %q, %v", path, text, err)
		}
	}
	info, err := os.Stat(filepath.Join(to, "bridge"))
	if err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if left, _ := os.ReadDir(to); len(left) != 2 {
		t.Errorf("left behind: %v", left)
	}
}

func TestHealthIsReadyWhenTheAPIHasAnswered(t *testing.T) {
	ctx, end := context.WithCancel(context.Background())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	answer, over := make(chan error), make(chan error)
	go func() { over <- serveHealth(ctx, listener, func() error { return <-answer }) }()
	get := func(path string) (int, string) {
		response, err := http.Get("http://" + listener.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		return response.StatusCode, string(text)
	}
	if status, _ := get("/liveness"); status != 200 {
		t.Errorf("liveness %d", status)
	}
	if status, text := get("/readiness"); status != 503 || text != "the API has not answered yet\n" {
		t.Errorf("readiness %d %q", status, text)
	}
	answer <- nil
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if status, _ := get("/readiness"); status == 200 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("not ready after the API has answered")
		}
	}
	end()
	if err := <-over; err != nil {
		t.Error(err)
	}
}

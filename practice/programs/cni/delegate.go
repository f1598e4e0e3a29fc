package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/containernetworking/cni/pkg/invoke"
)

// saved keeps what a container was added with, so that it is deleted with the same, whatever has changed since.
type saved struct {
	folder    string
	container string
}

func (s saved) path() string { return filepath.Join(s.folder, filepath.Base(s.container)) }

func (s saved) read() ([]byte, error) { return os.ReadFile(s.path()) }

func (s saved) remove() error { return os.Remove(s.path()) }

func (s saved) write(text []byte) error {
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return err
	}
	// Renamed into place: half a file, after a power cut, could not be deleted with.
	if err := os.WriteFile(s.path()+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(s.path()+".new", s.path())
}

// callDelegate runs the plugin that the configuration names, with our own environment. Its result or error goes out
// as it is.
func callDelegate(text []byte, out, log io.Writer) (int, error) {
	var conf struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(text, &conf); err != nil {
		return 1, failed(codeDecode, "the delegate's configuration: %v", err)
	}
	program, err := invoke.FindInPath(conf.Type, filepath.SplitList(os.Getenv("CNI_PATH")))
	if err != nil {
		return 1, err
	}
	call := exec.Command(program)
	call.Stdin, call.Stdout, call.Stderr = bytes.NewReader(text), out, log
	err = call.Run()
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		if status := ended.ExitCode(); status > 0 {
			return status, nil
		}
		return 1, failed(codeInternal, "plugin %s ended: %v", program, err)
	}
	return 0, err
}

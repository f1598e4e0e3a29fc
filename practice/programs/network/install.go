package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"syscall"
)

// Where the image has the CNI plugins, and where the manifest mounts the node's folders.
const (
	imagePlugins = "/opt/cni/bin"
	hostPlugins  = "/host/opt/cni/bin"
	hostConfigs  = "/host/etc/cni/net.d"
)

// install is Canal's install-cni: plugins, then the CNI file, upon which the node turns Ready.
func install(context.Context) error {
	file := filepath.Join(hostConfigs, os.Getenv("CNI_CONF_NAME"))
	return installInto(imagePlugins, hostPlugins, file, os.Getenv("CNI_NETWORK_CONFIG"))
}

func installInto(from, to, file, config string) error {
	var list struct {
		Plugins []struct{ Type string }
	}
	if err := json.Unmarshal([]byte(config), &list); err != nil || len(list.Plugins) == 0 {
		return fmt.Errorf("CNI_NETWORK_CONFIG is no list of plugins (%v): %q", err, config)
	}
	plugins, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, plugin := range plugins {
		text, err := os.ReadFile(filepath.Join(from, plugin.Name()))
		if err != nil {
			return err
		}
		if err := replace(filepath.Join(to, plugin.Name()), text, 0o755); err != nil {
			return err
		}
	}
	if err := replace(file, []byte(config), 0o600); err != nil {
		return err
	}
	log.Printf("installed %d plugins in %s, wrote %s", len(plugins), to, file)
	return nil
}

// replace writes a file beside its place and renames it: the runtime may be reading or running the old one.
func replace(path string, text []byte, mode os.FileMode) error {
	beside := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".new")
	if err := os.WriteFile(beside, text, mode); err != nil {
		return err
	}
	return os.Rename(beside, path)
}

const (
	bpffs      = "/sys/fs/bpf"
	bpffsMagic = 0xcafe4a11
)

// mountBpffs does its best, as Canal's: nothing here needs the filesystem, but its mount must reach the node.
func mountBpffs(context.Context) error {
	var found syscall.Statfs_t
	if err := syscall.Statfs(bpffs, &found); err == nil && uint32(found.Type) == bpffsMagic {
		log.Printf("%s is mounted", bpffs)
	} else if err := syscall.Mount("bpffs", bpffs, "bpf", 0, ""); err != nil {
		log.Printf("%s cannot be mounted, going on without: %v", bpffs, err)
	}
	return nil
}

// Command crictl asks a container runtime over the CRI, as the crictl of cri-tools does, which Debian has no package of.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
)

// version is that of the Kubernetes source tree whose CRI this program speaks.
const version = "1.20.2"

// action is done with the words after a command's flags.
type action func(c *client, words []string) error

// command is one of crictl's words; define adds its flags.
type command struct {
	define      func(f flags) action
	least, most int
	words       string
	images      bool
}

const many = 1 << 20

var commands = map[string]command{
	"exec":     {define: execute, least: 2, most: many, words: "CONTAINER-ID COMMAND [ARG...]"},
	"images":   {define: listImages, most: 1, words: "[REPOSITORY[:TAG]]", images: true},
	"info":     {define: info},
	"inspect":  {define: inspectContainers, least: 1, most: many, words: "CONTAINER-ID..."},
	"inspecti": {define: inspectImages, least: 1, most: many, words: "IMAGE...", images: true},
	"logs":     {define: logs, least: 1, most: 1, words: "CONTAINER-ID"},
	"pods":     {define: listPods},
	"ps":       {define: listContainers},
	"pull":     {define: pull, least: 1, most: 1, words: "NAME[:TAG|@DIGEST]", images: true},
	"rm":       {define: remove, least: 1, most: many, words: "CONTAINER-ID..."},
	"rmp":      {define: removePods, least: 1, most: many, words: "POD-ID..."},
	"stop":     {define: stop, least: 1, most: many, words: "CONTAINER-ID..."},
	"stopp":    {define: stopPods, least: 1, most: many, words: "POD-ID..."},
	"version":  {define: showVersion},
}

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		logrus.Fatal(err)
	}
}

// run is crictl: flags of all commands, the command, and what belongs to it.
func run(args []string, out, errOut io.Writer) error {
	f, timeout := newFlags(), time.Duration(0)
	config := f.text("", "config", "c")
	runtime, images := f.text("", "runtime-endpoint", "r"), f.text("", "image-endpoint", "i")
	f.DurationVar(&timeout, "timeout", 0, "")
	f.DurationVar(&timeout, "t", 0, "")
	onlyVersion := f.boolean("version", "v")
	rest, err := f.read(args)
	if err == nil && *onlyVersion {
		fmt.Fprintf(out, "crictl version %s\n", version)
		return nil
	}
	if errors.Is(err, flag.ErrHelp) || err == nil && (len(rest) == 0 || rest[0] == "help") {
		fmt.Fprintln(out, "usage: crictl [-r|--runtime-endpoint E] [-i|--image-endpoint E] [-t|--timeout 10s] [-c|--config FILE] COMMAND")
		for name, one := range commands {
			fmt.Fprintln(out, strings.TrimSpace("crictl "+name+" "+one.words))
		}
		return nil
	}
	if err != nil {
		return err
	}
	chosen, ok := commands[rest[0]]
	if !ok {
		return fmt.Errorf("No help topic for '%s'", rest[0])
	}
	own := newFlags()
	act := chosen.define(own)
	words, err := own.read(rest[1:])
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		return err
	}
	if err != nil || len(words) < chosen.least || len(words) > chosen.most {
		return fmt.Errorf("usage: crictl %s [flags] %s", rest[0], chosen.words)
	}
	c := &client{out: out, errOut: errOut, timeout: timeout}
	endpoint, err := c.configure(*config, *runtime, *images, chosen.images)
	if err != nil {
		return err
	}
	connection, err := c.connect(endpoint)
	if err != nil {
		return err
	}
	defer connection.Close()
	return act(c, words)
}

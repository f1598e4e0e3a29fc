// Command crictl asks a container runtime over the CRI, as the crictl of cri-tools does: Debian has no package of it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/sirupsen/logrus"
)

const (
	// version is that of the Kubernetes source tree whose CRI this program speaks.
	version = "1.20.2"
	usage   = "usage: crictl [-r|--runtime-endpoint ENDPOINT] [-t|--timeout 10s] [-v|--version] " +
		"exec|info|inspecti|pods|ps|pull|rmp|stop|stopp|version"
)

// action is done with the words after a command's flags.
type action func(c *client, words []string) error

// command is one of crictl's words; define adds its flags.
type command struct {
	define      func(f flags) action
	least, most int
	words       string
}

const many = 1 << 20

var commands = map[string]command{
	"exec":     {define: execute, least: 2, most: many, words: "CONTAINER-ID COMMAND [ARG...]"},
	"info":     {define: info},
	"inspecti": {define: inspectImage, least: 1, most: 1, words: "IMAGE"},
	"pods":     {define: listPods, words: "-q"},
	"ps":       {define: listContainers, words: "[-a] [-q] [--name EXPRESSION] [--state STATE] [--label KEY=VALUE]"},
	"pull":     {define: pull, least: 1, most: 1, words: "NAME[:TAG|@DIGEST]"},
	"rmp":      {define: removePods, least: 1, most: many, words: "POD-ID..."},
	"stop":     {define: stop, least: 1, most: many, words: "[--timeout SECONDS] CONTAINER-ID..."},
	"stopp":    {define: stopPods, least: 1, most: many, words: "POD-ID..."},
	"version":  {define: showVersion},
}

// flags stand before the first word, most in a long and a short spelling.
type flags struct{ *flag.FlagSet }

func newFlags() flags {
	set := flag.NewFlagSet("crictl", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	return flags{set}
}

func (f flags) boolean(long, short string) *bool {
	value := f.Bool(long, false, "")
	f.BoolVar(value, short, false, "")
	return value
}

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		logrus.Fatal(err)
	}
}

// run is crictl: flags of all commands, the command, and what belongs to it.
func run(args []string, out, errOut io.Writer) error {
	c, f := &client{out: out, errOut: errOut, endpoint: defaultEndpoint}, newFlags()
	for _, name := range []string{"runtime-endpoint", "r"} {
		f.StringVar(&c.endpoint, name, c.endpoint, "")
	}
	for _, name := range []string{"timeout", "t"} {
		f.DurationVar(&c.timeout, name, 0, "")
	}
	onlyVersion := f.boolean("version", "v")
	if err := f.Parse(args); err != nil {
		return fmt.Errorf("%w; %s", err, usage)
	}
	if *onlyVersion {
		fmt.Fprintf(out, "crictl version %s\n", version)
		return nil
	}
	if f.NArg() == 0 {
		return errors.New(usage)
	}
	name, own := f.Arg(0), newFlags()
	chosen, known := commands[name]
	if !known {
		return fmt.Errorf("No help topic for '%s'; %s", name, usage)
	}
	act := chosen.define(own)
	if err := own.Parse(f.Args()[1:]); err != nil {
		return fmt.Errorf("%w; usage: crictl %s %s", err, name, chosen.words)
	}
	if own.NArg() < chosen.least || own.NArg() > chosen.most {
		return fmt.Errorf("usage: crictl %s %s", name, chosen.words)
	}
	connection, err := c.connect()
	if err != nil {
		return err
	}
	defer connection.Close()
	return act(c, own.Args())
}

package main

import (
	"flag"
	"io"
)

// flags stand before the first word, each in a long and a short spelling; short ones may be joined (-aq).
type flags struct{ *flag.FlagSet }

func newFlags() flags {
	set := flag.NewFlagSet("crictl", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	return flags{set}
}

func (f flags) boolean(names ...string) *bool {
	value := new(bool)
	for _, name := range names {
		f.BoolVar(value, name, false, "")
	}
	return value
}

func (f flags) text(usual string, names ...string) *string {
	value := new(string)
	for _, name := range names {
		f.StringVar(value, name, usual, "")
	}
	return value
}

// read gives the words after the flags. A flag that is not known is an error.
func (f flags) read(args []string) ([]string, error) {
	for {
		err := f.Parse(args)
		if err == nil {
			return f.Args(), nil
		}
		word := args[len(args)-f.NArg()-1]
		if len(word) < 3 || word[0] != '-' {
			return nil, err
		}
		for _, letter := range word[1:] {
			found := f.Lookup(string(letter))
			if found == nil || found.DefValue != "false" {
				return nil, err
			}
			found.Value.Set("true")
		}
		args = f.Args()
	}
}

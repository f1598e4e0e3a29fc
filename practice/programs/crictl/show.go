package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/golang/protobuf/jsonpb"
	"github.com/golang/protobuf/proto"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1alpha2"
)

type object = map[string]interface{}

// fields gives a message as a map, with all of its fields and the names of its states.
func fields(message proto.Message) (object, error) {
	text, err := (&jsonpb.Marshaler{EmitDefaults: true}).MarshalToString(message)
	if err != nil {
		return nil, err
	}
	found := object{}
	return found, json.Unmarshal([]byte(text), &found)
}

func show(c *client, format string, value interface{}) error {
	if format != "json" {
		return fmt.Errorf("unsupported output format %q", format)
	}
	writer := json.NewEncoder(c.out)
	writer.SetEscapeHTML(false)
	writer.SetIndent("", "  ")
	return writer.Encode(value)
}

// withInfo joins a status with what the runtime tells only when asked for more, which is JSON or a word.
func withInfo(status proto.Message, more map[string]string) (object, error) {
	about, err := fields(status)
	result := object{"status": about}
	for key, value := range more {
		var parsed object
		if json.Unmarshal([]byte(value), &parsed) == nil && parsed != nil {
			result[key] = parsed
		} else {
			result[key] = strings.Trim(value, `"`)
		}
	}
	return result, err
}

// inspect shows one object for one id, and a list for several.
func inspect(f flags, ask func(c *client, id string, verbose bool) (object, error)) action {
	format, quiet := f.text("json", "output", "o"), f.boolean("quiet", "q")
	return func(c *client, ids []string) error {
		list := []object{}
		for _, id := range ids {
			one, err := ask(c, id, !*quiet)
			if err != nil {
				return err
			}
			list = append(list, one)
		}
		if len(list) == 1 {
			return show(c, *format, list[0])
		}
		return show(c, *format, list)
	}
}

func inspectContainers(f flags) action {
	return inspect(f, func(c *client, id string, verbose bool) (object, error) {
		answer, err := c.ContainerStatus(ctx, &cri.ContainerStatusRequest{ContainerId: id, Verbose: verbose})
		if err != nil {
			return nil, fmt.Errorf("getting the status of the container %q: %w", id, err)
		}
		return withInfo(answer.Status, answer.Info)
	})
}

func inspectImages(f flags) action {
	return inspect(f, func(c *client, name string, verbose bool) (object, error) {
		answer, err := c.ImageStatus(ctx, &cri.ImageStatusRequest{Image: &cri.ImageSpec{Image: name}, Verbose: verbose})
		if err != nil {
			return nil, fmt.Errorf("image status for %q request: %w", name, err)
		}
		if answer.Image == nil {
			return nil, fmt.Errorf("no such image %q present", name)
		}
		return withInfo(answer.Image, answer.Info)
	})
}

func info(f flags) action {
	shown := inspect(f, func(c *client, _ string, verbose bool) (object, error) {
		answer, err := c.Status(ctx, &cri.StatusRequest{Verbose: verbose})
		if err != nil {
			return nil, fmt.Errorf("getting status of runtime: %w", err)
		}
		return withInfo(answer.Status, answer.Info)
	})
	return func(c *client, _ []string) error { return shown(c, []string{""}) }
}

func showVersion(f flags) action {
	return func(c *client, _ []string) error {
		answer, err := c.Version(ctx, &cri.VersionRequest{})
		if err != nil {
			return fmt.Errorf("getting the runtime version: %w", err)
		}
		fmt.Fprintf(c.out, "Version:  %s\nRuntimeName:  %s\nRuntimeVersion:  %s\nRuntimeApiVersion:  %s\n",
			answer.Version, answer.RuntimeName, answer.RuntimeVersion, answer.RuntimeApiVersion)
		return nil
	}
}

func logs(f flags) action {
	tail := f.Int64("tail", -1, "")
	return func(c *client, words []string) error {
		answer, err := c.ContainerStatus(ctx, &cri.ContainerStatusRequest{ContainerId: words[0]})
		if err != nil {
			return err
		}
		if answer.Status.LogPath == "" {
			return errors.New("the container has not set log path")
		}
		text, err := os.ReadFile(answer.Status.LogPath)
		if err != nil {
			return fmt.Errorf("the log of container %s cannot be read: %w", words[0], err)
		}
		return copyLog(string(text), *tail, c.out, c.errOut)
	}
}

// copyLog takes lines of the CRI's form apart: time, stream, F for a whole line or P for a part of one, text.
// With a tail of 0 or more, only so many last lines are shown.
func copyLog(text string, tail int64, out, errOut io.Writer) error {
	lines := strings.SplitAfter(text, "\n")
	// What stands after the last end of line is nothing, or is still being written.
	lines = lines[:len(lines)-1]
	if tail >= 0 && tail < int64(len(lines)) {
		lines = lines[int64(len(lines))-tail:]
	}
	for _, line := range lines {
		parts := strings.SplitN(line, " ", 4)
		if len(parts) != 4 {
			return fmt.Errorf("not a line of a container's log: %q", line)
		}
		to, words := out, parts[3]
		if parts[1] == "stderr" {
			to = errOut
		}
		if strings.HasPrefix(parts[2], "P") {
			words = strings.TrimSuffix(words, "\n")
		}
		io.WriteString(to, words)
	}
	return nil
}

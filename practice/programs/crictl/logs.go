package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	cri "k8s.io/cri-api/pkg/apis/runtime/v1alpha2"
)

func logs(f flags) action {
	tail, stamps := f.Int64("tail", -1, ""), f.boolean("timestamps", "t")
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
		return copyLog(string(text), *tail, *stamps, c.out, c.errOut)
	}
}

// copyLog takes lines of the CRI's form apart: time, stream, F for a whole line or P for a part of one, text.
// With a tail of 0 or more, only so many last lines are shown.
func copyLog(text string, tail int64, stamps bool, out, errOut io.Writer) error {
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
		if stamps {
			words = parts[0] + " " + words
		}
		io.WriteString(to, words)
	}
	return nil
}

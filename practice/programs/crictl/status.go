package main

import (
	"encoding/json"
	"fmt"

	"github.com/golang/protobuf/jsonpb"
	"github.com/golang/protobuf/proto"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1alpha2"
)

// show writes a status with all its fields, and what the runtime tells only when asked for more: JSON or plain words.
func (c *client) show(status proto.Message, more map[string]string) error {
	text, err := (&jsonpb.Marshaler{EmitDefaults: true}).MarshalToString(status)
	if err != nil {
		return err
	}
	result := map[string]interface{}{"status": json.RawMessage(text)}
	for key, value := range more {
		result[key] = value
		if json.Valid([]byte(value)) {
			result[key] = json.RawMessage(value)
		}
	}
	writer := json.NewEncoder(c.out)
	writer.SetEscapeHTML(false)
	writer.SetIndent("", "  ")
	return writer.Encode(result)
}

func info(flags) action {
	return func(c *client, _ []string) error {
		answer, err := c.Status(ctx, &cri.StatusRequest{Verbose: true})
		if err != nil {
			return fmt.Errorf("getting status of runtime: %w", err)
		}
		return c.show(answer.Status, answer.Info)
	}
}

func inspectImage(flags) action {
	return func(c *client, words []string) error {
		asked := &cri.ImageStatusRequest{Image: &cri.ImageSpec{Image: words[0]}, Verbose: true}
		answer, err := c.ImageStatus(ctx, asked)
		if err != nil {
			return fmt.Errorf("image status for %q request: %w", words[0], err)
		}
		if answer.Image == nil {
			return fmt.Errorf("no such image %q present", words[0])
		}
		return c.show(answer.Image, answer.Info)
	}
}

func showVersion(flags) action {
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

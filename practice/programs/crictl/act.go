package main

import (
	"errors"
	"fmt"

	cri "k8s.io/cri-api/pkg/apis/runtime/v1alpha2"
)

// each does something with one id after the other, says so, and ends with the first that fails.
func each(done, doing string, act func(c *client, id string) error) action {
	return func(c *client, ids []string) error {
		for _, id := range ids {
			if err := act(c, id); err != nil {
				return fmt.Errorf("%s %q: %w", doing, id, err)
			}
			fmt.Fprintln(c.out, done+id)
		}
		return nil
	}
}

func stop(f flags) action {
	seconds := f.Int64("timeout", 0, "")
	return each("", "stopping the container", func(c *client, id string) error {
		_, err := c.StopContainer(ctx, &cri.StopContainerRequest{ContainerId: id, Timeout: *seconds})
		return err
	})
}

func stopPods(flags) action {
	return each("Stopped sandbox ", "stopping the pod sandbox", func(c *client, id string) error {
		_, err := c.StopPodSandbox(ctx, &cri.StopPodSandboxRequest{PodSandboxId: id})
		return err
	})
}

func removePods(flags) action {
	return each("Removed sandbox ", "removing the pod sandbox", func(c *client, id string) error {
		answer, err := c.PodSandboxStatus(ctx, &cri.PodSandboxStatusRequest{PodSandboxId: id})
		if err != nil {
			return err
		}
		if answer.Status.State == cri.PodSandboxState_SANDBOX_READY {
			return errors.New("it is running, please stop it first")
		}
		_, err = c.RemovePodSandbox(ctx, &cri.RemovePodSandboxRequest{PodSandboxId: id})
		return err
	})
}

func pull(flags) action {
	return func(c *client, words []string) error {
		answer, err := c.PullImage(ctx, &cri.PullImageRequest{Image: &cri.ImageSpec{Image: words[0]}})
		if err != nil {
			return fmt.Errorf("pulling image: %w", err)
		}
		fmt.Fprintln(c.out, "Image is up to date for "+answer.ImageRef)
		return nil
	}
}

func execute(flags) action {
	return func(c *client, words []string) error {
		answer, err := c.ExecSync(ctx, &cri.ExecSyncRequest{ContainerId: words[0], Cmd: words[1:]})
		if err != nil {
			return fmt.Errorf("execing command in container %s: %w", words[0], err)
		}
		c.out.Write(answer.Stdout)
		c.errOut.Write(answer.Stderr)
		if answer.ExitCode != 0 {
			return fmt.Errorf("execing command in container %s: command terminated with exit code %d",
				words[0], answer.ExitCode)
		}
		return nil
	}
}

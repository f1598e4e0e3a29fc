package main

import (
	"errors"
	"fmt"

	cri "k8s.io/cri-api/pkg/apis/runtime/v1alpha2"
)

// each ends with the first id that fails.
func each(act func(c *client, id string) error) action {
	return func(c *client, ids []string) error {
		for _, id := range ids {
			if err := act(c, id); err != nil {
				return err
			}
		}
		return nil
	}
}

// tell says what was done with an object, or what could not be.
func (c *client) tell(id, done, doing string, err error) error {
	if err != nil {
		return fmt.Errorf("%s %q: %w", doing, id, err)
	}
	fmt.Fprintln(c.out, done+id)
	return nil
}

func stop(f flags) action {
	seconds := f.Int64("timeout", 0, "")
	f.Int64Var(seconds, "t", 0, "")
	return each(func(c *client, id string) error { return c.stop(id, *seconds) })
}

func (c *client) stop(id string, seconds int64) error {
	_, err := c.StopContainer(ctx, &cri.StopContainerRequest{ContainerId: id, Timeout: seconds})
	return c.tell(id, "", "stopping the container", err)
}

func stopPods(flags) action { return each((*client).stopPod) }

func (c *client) stopPod(id string) error {
	_, err := c.StopPodSandbox(ctx, &cri.StopPodSandboxRequest{PodSandboxId: id})
	return c.tell(id, "Stopped sandbox ", "stopping the pod sandbox", err)
}

func remove(f flags) action {
	force := f.boolean("force", "f")
	return each(func(c *client, id string) error {
		answer, err := c.ContainerStatus(ctx, &cri.ContainerStatusRequest{ContainerId: id})
		if err == nil && answer.Status.State == cri.ContainerState_CONTAINER_RUNNING {
			if !*force {
				return fmt.Errorf("container %q is running, please stop it first", id)
			}
			err = c.stop(id, 0)
		}
		if err == nil {
			_, err = c.RemoveContainer(ctx, &cri.RemoveContainerRequest{ContainerId: id})
		}
		return c.tell(id, "", "removing the container", err)
	})
}

func removePods(f flags) action {
	force := f.boolean("force", "f")
	return each(func(c *client, id string) error {
		answer, err := c.PodSandboxStatus(ctx, &cri.PodSandboxStatusRequest{PodSandboxId: id})
		if err == nil && answer.Status.State == cri.PodSandboxState_SANDBOX_READY {
			if !*force {
				return fmt.Errorf("pod sandbox %q is running, please stop it first", id)
			}
			err = c.stopPod(id)
		}
		if err == nil {
			_, err = c.RemovePodSandbox(ctx, &cri.RemovePodSandboxRequest{PodSandboxId: id})
		}
		return c.tell(id, "Removed sandbox ", "removing the pod sandbox", err)
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

func execute(f flags) action {
	seconds, streams := f.Int64("timeout", 0, ""), f.boolean("interactive", "i", "tty", "t")
	f.boolean("sync", "s")
	return func(c *client, words []string) error {
		if *streams {
			return errors.New("exec with --interactive or --tty is not served by this crictl; use kubectl exec")
		}
		answer, err := c.ExecSync(ctx, &cri.ExecSyncRequest{ContainerId: words[0], Cmd: words[1:], Timeout: *seconds})
		if err != nil {
			return fmt.Errorf("execing command in container %s: %w", words[0], err)
		}
		c.out.Write(answer.Stdout)
		c.errOut.Write(answer.Stderr)
		if answer.ExitCode == 0 {
			return nil
		}
		return fmt.Errorf("execing command in container %s: command terminated with exit code %d", words[0], answer.ExitCode)
	}
}

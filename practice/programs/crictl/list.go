package main

import (
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strings"
	"text/tabwriter"
	"time"

	units "github.com/docker/go-units"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1alpha2"
)

func listContainers(f flags) action {
	filter := &cri.ContainerFilter{LabelSelector: map[string]string{}}
	all, quiet := f.boolean("all", "a"), f.boolean("quiet", "q")
	name, state := f.String("name", "", ""), f.String("state", "", "")
	f.Func("label", "", func(pair string) error {
		parts := strings.Split(pair, "=")
		if len(parts) != 2 {
			return fmt.Errorf("incorrectly specified label: %s", pair)
		}
		filter.LabelSelector[parts[0]] = parts[1]
		return nil
	})
	return func(c *client, _ []string) error {
		if *state == "" && !*all {
			*state = "running"
		}
		if *state != "" {
			wanted, known := cri.ContainerState_value["CONTAINER_"+strings.ToUpper(*state)]
			if !known {
				return errors.New("listing containers: --state should be one of created, running, exited or unknown")
			}
			filter.State = &cri.ContainerStateValue{State: cri.ContainerState(wanted)}
		}
		pattern, err := regexp.Compile(*name)
		if err != nil {
			return fmt.Errorf("listing containers: %w", err)
		}
		answer, err := c.ListContainers(ctx, &cri.ListContainersRequest{Filter: filter})
		if err != nil {
			return fmt.Errorf("listing containers: %w", err)
		}
		every, found := answer.Containers, []*cri.Container{}
		sort.SliceStable(every, func(a, b int) bool { return every[a].CreatedAt > every[b].CreatedAt })
		for _, one := range every {
			if pattern.MatchString(one.GetMetadata().GetName()) {
				found = append(found, one)
			}
		}
		return c.write(found, *quiet)
	}
}

// write tells the containers' ids only, or a table.
func (c *client) write(found []*cri.Container, quiet bool) error {
	table := tabwriter.NewWriter(c.out, 20, 1, 3, ' ', 0)
	if !quiet {
		fmt.Fprintln(table, "CONTAINER\tIMAGE\tCREATED\tSTATE\tNAME\tATTEMPT\tPOD ID")
	}
	for _, one := range found {
		if quiet {
			fmt.Fprintln(table, one.Id)
			continue
		}
		image, about := one.GetImage().GetImage(), one.GetMetadata()
		if strings.HasPrefix(image, "sha256:") {
			image = short(image)
		}
		age := units.HumanDuration(time.Since(time.Unix(0, one.CreatedAt)))
		state := strings.Title(strings.ToLower(strings.TrimPrefix(one.State.String(), "CONTAINER_")))
		fmt.Fprintf(table, "%s\t%s\t%s ago\t%s\t%s\t%d\t%s\n",
			short(one.Id), image, age, state, about.GetName(), about.GetAttempt(), short(one.PodSandboxId))
	}
	return table.Flush()
}

func short(id string) string {
	if id = strings.TrimPrefix(id, "sha256:"); len(id) <= 13 {
		return id
	}
	return id[:13]
}

// listPods gives ids, as kubeadm reset wants them.
func listPods(f flags) action {
	quiet := f.boolean("quiet", "q")
	return func(c *client, _ []string) error {
		if !*quiet {
			return errors.New("usage: crictl pods -q")
		}
		answer, err := c.ListPodSandbox(ctx, &cri.ListPodSandboxRequest{})
		if err != nil {
			return fmt.Errorf("listing pod sandboxes: %w", err)
		}
		for _, one := range answer.Items {
			fmt.Fprintln(c.out, one.Id)
		}
		return nil
	}
}

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
	"github.com/golang/protobuf/proto"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1alpha2"
)

// listing is how a list is written: ids only, a table, or the runtime's answer as JSON.
type listing struct {
	quiet, whole *bool
	format       *string
	ids          []string
	table        strings.Builder
}

func newListing(f flags, head string) *listing {
	l := &listing{quiet: f.boolean("quiet", "q"), whole: f.boolean("no-trunc"), format: f.text("table", "output", "o")}
	l.table.WriteString(head + "\n")
	return l
}

func (l *listing) add(cells ...interface{}) {
	l.table.WriteString(strings.TrimSuffix(fmt.Sprintf(strings.Repeat("%v\t", len(cells)), cells...), "\t") + "\n")
}

func (l *listing) write(c *client, answer proto.Message) error {
	if *l.quiet {
		for _, id := range l.ids {
			fmt.Fprintln(c.out, id)
		}
		return nil
	}
	if *l.format == "table" {
		writer := tabwriter.NewWriter(c.out, 20, 1, 3, ' ', 0)
		fmt.Fprint(writer, l.table.String())
		return writer.Flush()
	}
	whole, err := fields(answer)
	if err != nil {
		return err
	}
	return show(c, *l.format, whole)
}

func (l *listing) id(id string) string {
	if id = strings.TrimPrefix(id, "sha256:"); *l.whole || len(id) <= 13 {
		return id
	}
	return id[:13]
}

func ago(nanoseconds int64) string {
	return units.HumanDuration(time.Since(time.Unix(0, nanoseconds))) + " ago"
}

func listContainers(f flags) action {
	l := newListing(f, "CONTAINER\tIMAGE\tCREATED\tSTATE\tNAME\tATTEMPT\tPOD ID")
	filter := &cri.ContainerFilter{LabelSelector: map[string]string{}}
	all, name, state := f.boolean("all", "a"), f.text("", "name"), f.text("", "state", "s")
	f.StringVar(&filter.PodSandboxId, "pod", "", "")
	f.Func("label", "", func(pair string) error {
		parts := strings.Split(pair, "=")
		if len(parts) != 2 {
			return fmt.Errorf("incorrectly specified label: %s", pair)
		}
		filter.LabelSelector[parts[0]] = parts[1]
		return nil
	})
	return func(c *client, _ []string) error {
		wanted, known := cri.ContainerState_value["CONTAINER_"+strings.ToUpper(first(*state, "running"))]
		if !known {
			return errors.New("listing containers: --state should be one of created, running, exited or unknown")
		}
		if !*all || *state != "" {
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
			if !pattern.MatchString(one.GetMetadata().GetName()) {
				continue
			}
			found, l.ids = append(found, one), append(l.ids, one.Id)
			image, about := one.GetImage().GetImage(), one.GetMetadata()
			if strings.HasPrefix(image, "sha256:") {
				image = l.id(image)
			}
			state := strings.Title(strings.ToLower(strings.TrimPrefix(one.State.String(), "CONTAINER_")))
			l.add(l.id(one.Id), image, ago(one.CreatedAt), state, about.GetName(), about.GetAttempt(), l.id(one.PodSandboxId))
		}
		return l.write(c, &cri.ListContainersResponse{Containers: found})
	}
}

func listPods(f flags) action {
	l := newListing(f, "POD ID\tCREATED\tSTATE\tNAME\tNAMESPACE\tATTEMPT\tRUNTIME")
	return func(c *client, _ []string) error {
		answer, err := c.ListPodSandbox(ctx, &cri.ListPodSandboxRequest{})
		if err != nil {
			return fmt.Errorf("listing pod sandboxes: %w", err)
		}
		every := answer.Items
		sort.SliceStable(every, func(a, b int) bool { return every[a].CreatedAt > every[b].CreatedAt })
		for _, one := range every {
			l.ids = append(l.ids, one.Id)
			about, state := one.GetMetadata(), "NotReady"
			if one.State == cri.PodSandboxState_SANDBOX_READY {
				state = "Ready"
			}
			l.add(l.id(one.Id), ago(one.CreatedAt), state, about.GetName(), about.GetNamespace(), about.GetAttempt(), first(one.RuntimeHandler, "(default)"))
		}
		return l.write(c, answer)
	}
}

func listImages(f flags) action {
	l := newListing(f, "IMAGE\tTAG\tIMAGE ID\tSIZE")
	return func(c *client, words []string) error {
		filter := &cri.ImageFilter{Image: &cri.ImageSpec{Image: strings.Join(words, "")}}
		answer, err := c.ListImages(ctx, &cri.ListImagesRequest{Filter: filter})
		if err != nil {
			return fmt.Errorf("listing images: %w", err)
		}
		for _, one := range answer.Images {
			names := one.RepoTags
			// An image without a tag is known by where it came from.
			if len(names) == 0 {
				names = []string{strings.SplitN(append(one.RepoDigests, "<none>")[0], "@", 2)[0] + ":<none>"}
			}
			size := units.HumanSizeWithPrecision(float64(one.Size_), 3)
			l.ids = append(l.ids, one.Id)
			for _, name := range names {
				colon := strings.LastIndex(name, ":")
				l.add(name[:colon], name[colon+1:], l.id(one.Id), size)
			}
		}
		return l.write(c, answer)
	}
}

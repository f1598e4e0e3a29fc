package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	stats "k8s.io/kubelet/pkg/apis/stats/v1alpha1"
	metrics "k8s.io/metrics/pkg/apis/metrics/v1beta1"
)

// Longer than any summary.
const mostBytes = 64 << 20

// The kubelet looks at its containers so often, and usageNanoCores is what they used between two looks.
var window = meta.Duration{Duration: 10 * time.Second}

// kubelets are asked by the first of these types of address that a node has.
type kubelets struct {
	http       *http.Client
	types      []string
	statusPort bool
}

// kubeletClient shows the service account's token, and verifies the kubelets' certificates unless told not to.
func kubeletClient(config *rest.Config, ca string, isInsecure bool) (*http.Client, error) {
	own := rest.CopyConfig(config)
	own.TLSClientConfig = rest.TLSClientConfig{CAFile: ca}
	if isInsecure {
		own.TLSClientConfig = rest.TLSClientConfig{Insecure: true}
	}
	transport, err := rest.TransportFor(own)
	return &http.Client{Transport: transport, Timeout: 10 * time.Second}, err
}

// all asks every node; one that does not answer is told and left out.
func (k *kubelets) all(client kubernetes.Interface) (found figures) {
	nodes, err := client.CoreV1().Nodes().List(context.Background(), meta.ListOptions{})
	if err != nil {
		log.Printf("no nodes: %v", err)
		return found
	}
	answers := make(chan *stats.Summary)
	for at := range nodes.Items {
		go func(node *core.Node) {
			summary, err := k.summary(node)
			if err != nil {
				log.Printf("no figures of node %s: %v", node.Name, err)
			}
			answers <- summary
		}(&nodes.Items[at])
	}
	for range nodes.Items {
		found.add(<-answers)
	}
	return found
}

func (k *kubelets) summary(node *core.Node) (*stats.Summary, error) {
	port := int32(10250)
	if given := node.Status.DaemonEndpoints.KubeletEndpoint.Port; k.statusPort && given != 0 {
		port = given
	}
	summary := &stats.Summary{}
	for _, wanted := range k.types {
		for _, one := range node.Status.Addresses {
			if string(one.Type) != wanted {
				continue
			}
			answer, err := k.http.Get("https://" + net.JoinHostPort(one.Address, fmt.Sprint(port)) + "/stats/summary?only_cpu_and_memory=true")
			if err != nil {
				return summary, err
			}
			defer answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				return summary, fmt.Errorf("%s: %s", answer.Request.URL, answer.Status)
			}
			err = json.NewDecoder(io.LimitReader(answer.Body, mostBytes)).Decode(summary)
			summary.Node.NodeName = node.Name
			return summary, err
		}
	}
	return summary, fmt.Errorf("it has no address of the types %v", k.types)
}

// add notes a node and its pods; what the kubelet has no figures of yet is left out.
func (f *figures) add(summary *stats.Summary) {
	if at, usage := used(summary.Node.CPU, summary.Node.Memory); usage != nil {
		f.nodes = append(f.nodes, measured{meta.TypeMeta{}, meta.ObjectMeta{Name: summary.Node.NodeName}, at, window, usage, nil})
	}
	for _, pod := range summary.Pods {
		one := measured{ObjectMeta: meta.ObjectMeta{Name: pod.PodRef.Name, Namespace: pod.PodRef.Namespace}, Window: window}
		for _, container := range pod.Containers {
			if at, usage := used(container.CPU, container.Memory); usage != nil {
				one.Timestamp = at
				one.Containers = append(one.Containers, metrics.ContainerMetrics{Name: container.Name, Usage: usage})
			}
		}
		if len(one.Containers) > 0 && len(one.Containers) == len(pod.Containers) {
			f.pods = append(f.pods, one)
		}
	}
}

func used(cpu *stats.CPUStats, memory *stats.MemoryStats) (at meta.Time, usage core.ResourceList) {
	if cpu == nil || cpu.UsageNanoCores == nil || memory == nil || memory.WorkingSetBytes == nil {
		return at, nil
	}
	return cpu.Time, core.ResourceList{
		core.ResourceCPU:    *resource.NewScaledQuantity(int64(*cpu.UsageNanoCores), resource.Nano),
		core.ResourceMemory: *resource.NewQuantity(int64(*memory.WorkingSetBytes), resource.BinarySI),
	}
}

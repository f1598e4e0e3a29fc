package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

const (
	netConf    = "/etc/kube-flannel/net-conf.json"
	subnetFile = "/run/flannel/subnet.env"
	// Somebody may flush rules and routes, as an interface that goes down does.
	again = 30 * time.Second
	retry = 3 * time.Second
)

type agent struct {
	client  kubernetes.Interface
	node    string
	iface   candidate
	network *net.IPNet
	ipMasq  bool
	// The file that the CNI plugin waits for, and the program that sets rules.
	subnetFile, xtables string
}

// runAgent does what flanneld does with --kube-subnet-mgr. Its settings come from the environment, as in Canal; an empty
// one says nothing.
func runAgent(ctx context.Context) error {
	network, err := readNetwork(netConf)
	if err != nil {
		return err
	}
	iface, err := findInterface(os.Getenv("FLANNELD_IFACE"), os.Getenv("FLANNELD_IFACE_REGEX"))
	if err != nil {
		return err
	}
	log.Printf("using interface %s with address %s", iface.name, iface.address)
	client, err := newClient()
	if err != nil {
		return err
	}
	namespace, name := os.Getenv("POD_NAMESPACE"), os.Getenv("POD_NAME")
	pod, err := client.CoreV1().Pods(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return fmt.Errorf("error retrieving pod spec for '%s/%s': %w", namespace, name, err)
	}
	one := &agent{
		client: client, node: pod.Spec.NodeName, iface: iface, network: network,
		ipMasq: os.Getenv("FLANNELD_IP_MASQ") == "true", subnetFile: subnetFile, xtables: xtables,
	}
	return one.follow(ctx)
}

func findInterface(iface, expression string) (candidate, error) {
	all, err := listCandidates()
	if err != nil {
		return candidate{}, err
	}
	ofDefaultRoute, err := defaultRouteInterface()
	if err != nil {
		return candidate{}, err
	}
	return chooseInterface(all, iface, expression, ofDefaultRoute)
}

// follow keeps this node as the cluster's nodes want it, until the context ends.
func (a *agent) follow(ctx context.Context) error {
	factory := informers.NewSharedInformerFactory(a.client, 0)
	nodes := factory.Core().V1().Nodes()
	changed := make(chan struct{}, 1)
	tell := func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	nodes.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(interface{}) { tell() },
		DeleteFunc: func(interface{}) { tell() },
		UpdateFunc: func(was, is interface{}) {
			// A node's status changes all the time; two fields matter.
			before, after := was.(*corev1.Node), is.(*corev1.Node)
			if before.Spec.PodCIDR != after.Spec.PodCIDR || before.Annotations[publicIP] != after.Annotations[publicIP] {
				tell()
			}
		},
	})
	factory.Start(ctx.Done())
	cache.WaitForCacheSync(ctx.Done(), nodes.Informer().HasSynced)
	for {
		wait := again
		list, err := nodes.Lister().List(labels.Everything())
		if err == nil {
			err = a.sync(ctx, list)
		}
		if err != nil && ctx.Err() == nil {
			log.Print(err)
			wait = retry
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		case <-time.After(wait):
		}
	}
}

// sync says which address this node takes, then makes the rules, subnet.env, and last the routes: that one of them
// fails, because its node is away, must not keep this node's pods from starting.
func (a *agent) sync(ctx context.Context, nodes []*corev1.Node) error {
	for _, node := range nodes {
		if node.Name != a.node {
			continue
		}
		if node.Spec.PodCIDR == "" {
			return fmt.Errorf("node %q pod cidr not assigned", a.node)
		}
		if err := a.annotate(ctx, node); err != nil {
			return err
		}
		text, err := subnetEnv(a.network, node.Spec.PodCIDR, a.iface.mtu, a.ipMasq)
		if err != nil {
			return err
		}
		if err := applyRules(a.xtables, a.network.String(), a.ipMasq); err != nil {
			return err
		}
		wrote, err := writeSubnetEnv(a.subnetFile, text)
		if err != nil {
			return err
		}
		if wrote {
			log.Printf("wrote %s for %s", a.subnetFile, node.Spec.PodCIDR)
		}
		return applyRoutes(a.iface.index, planRoutes(a.node, nodes))
	}
	return fmt.Errorf("node %q is not in the cluster", a.node)
}

func (a *agent) annotate(ctx context.Context, node *corev1.Node) error {
	if node.Annotations[publicIP] == a.iface.address {
		return nil
	}
	patch, err := json.Marshal(map[string]interface{}{"metadata": map[string]interface{}{"annotations": map[string]string{
		publicIP:                                a.iface.address,
		"flannel.alpha.coreos.com/backend-type": "host-gw",
		"flannel.alpha.coreos.com/kube-subnet-manager": "true",
	}}})
	if err != nil {
		return err
	}
	nodes, options := a.client.CoreV1().Nodes(), metav1.PatchOptions{}
	if _, err = nodes.Patch(ctx, a.node, types.StrategicMergePatchType, patch, options, "status"); err != nil {
		return fmt.Errorf("annotate node %q: %w", a.node, err)
	}
	return nil
}

package main

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
)

// inNamespace runs something in a network namespace with one interface, whose number and routes it gives.
func inNamespace(t *testing.T, work func(link int)) (routes func() map[string]string, over <-chan struct{}) {
	t.Helper()
	type made struct {
		handle *netlink.Handle
		err    error
	}
	ready, done := make(chan made), make(chan struct{})
	go func() {
		defer close(done)
		// Never unlocked, so that the thread ends with its namespace.
		runtime.LockOSThread()
		handle, link, err := newNamespace()
		ready <- made{handle, err}
		if err == nil {
			work(link)
		}
	}()
	namespace := <-ready
	if errors.Is(namespace.err, unix.EPERM) {
		t.Skip("no network namespace may be made here")
	}
	if namespace.err != nil {
		t.Fatal(namespace.err)
	}
	return func() map[string]string {
		list, err := namespace.handle.RouteList(nil, netlink.FAMILY_V4)
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]string{}
		for _, route := range list {
			if route.Gw != nil {
				found[route.Dst.String()] = route.Gw.String()
			}
		}
		return found
	}, done
}

func newNamespace() (*netlink.Handle, int, error) {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return nil, 0, err
	}
	here, err := netns.Get()
	if err != nil {
		return nil, 0, err
	}
	handle, err := netlink.NewHandleAt(here)
	if err != nil {
		return nil, 0, err
	}
	link := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: "eth1"}}
	if err := netlink.LinkAdd(link); err != nil {
		return nil, 0, err
	}
	address, err := netlink.ParseAddr("10.9.0.1/24")
	if err == nil {
		err = netlink.AddrAdd(link, address)
	}
	if err == nil {
		err = netlink.LinkSetUp(link)
	}
	return handle, link.Attrs().Index, err
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("still not: %s", what)
		}
	}
}

func TestTheAgentFollowsTheNodes(t *testing.T) {
	ctx, end := context.WithCancel(context.Background())
	client := fake.NewSimpleClientset(testNode("master1", "", ""), testNode("minion1", "10.244.1.0/24", "10.9.0.2"))
	file := filepath.Join(t.TempDir(), "flannel", "subnet.env")
	program, _ := fakeXtables(t, true)
	_, network, _ := net.ParseCIDR("10.244.0.0/16")
	var failure error
	routes, over := inNamespace(t, func(link int) {
		one := &agent{
			client: client, node: "master1", network: network, ipMasq: true, subnetFile: file, xtables: program,
			iface: candidate{"eth1", link, 1500, "10.9.0.1"},
		}
		// As left by an agent before, to a node that is gone.
		if failure = applyRoutes(link, map[string]string{"10.244.9.0/24": "10.9.0.9"}); failure == nil {
			failure = one.follow(ctx)
		}
	})
	are := func(want map[string]string) func() bool {
		return func() bool { return reflect.DeepEqual(routes(), want) }
	}
	nodes := client.CoreV1().Nodes()
	eventually(t, "the route of before", are(map[string]string{"10.244.9.0/24": "10.9.0.9"}))
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("subnet.env before there is a podCIDR: %v", err)
	}
	if _, err := nodes.Update(ctx, testNode("master1", "10.244.0.0/24", ""), metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a route to minion1 only", are(map[string]string{"10.244.1.0/24": "10.9.0.2"}))
	text, err := os.ReadFile(file)
	if want, _ := subnetEnv(network, "10.244.0.0/24", 1500, true); err != nil || string(text) != want {
		t.Errorf("%q, %v", text, err)
	}
	own, err := nodes.Get(ctx, "master1", metav1.GetOptions{})
	if err != nil || own.Annotations[publicIP] != "10.9.0.1" {
		t.Errorf("%v, %v", own.Annotations, err)
	}
	// One that cannot be reached must not keep the others from it.
	for name, address := range map[string]string{"far": "10.77.0.1", "minion2": "10.9.0.3"} {
		podCIDR := map[string]string{"far": "10.244.7.0/24", "minion2": "10.244.2.0/24"}[name]
		if _, err := nodes.Create(ctx, testNode(name, podCIDR, address), metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "a second route", are(map[string]string{"10.244.1.0/24": "10.9.0.2", "10.244.2.0/24": "10.9.0.3"}))
	if _, err := nodes.Update(ctx, testNode("minion1", "10.244.1.0/24", "10.9.0.4"), metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := nodes.Delete(ctx, "minion2", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "minion1 moved, minion2 gone", are(map[string]string{"10.244.1.0/24": "10.9.0.4"}))
	end()
	<-over
	if failure != nil {
		t.Error(failure)
	}
}

func TestSyncNamesWhatIsMissing(t *testing.T) {
	_, network, _ := net.ParseCIDR("10.244.0.0/16")
	one := &agent{client: fake.NewSimpleClientset(), node: "master1", network: network, iface: vagrant[2]}
	for want, err := range map[string]error{
		`node "master1" is not in the cluster`:               one.sync(context.Background(), nil),
		`node "master1" pod cidr not assigned`:               one.sync(context.Background(), []*corev1.Node{testNode("master1", "", "")}),
		`annotate node "master1": nodes "master1" not found`: one.sync(context.Background(), []*corev1.Node{testNode("master1", "10.244.0.0/24", "")}),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("%v; wanted %s", err, want)
		}
	}
}

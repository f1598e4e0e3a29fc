package main

import (
	"net"
	"reflect"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var vagrant = []candidate{
	{"lo", 1, 65536, "127.0.0.1"}, {"eth0", 2, 1500, "10.0.2.15"}, {"eth1", 3, 1450, "10.250.250.11"},
	{"eth1", 3, 1450, "10.250.250.200"},
}

func TestChooseInterface(t *testing.T) {
	for _, one := range []struct{ iface, expression, route, want string }{
		{"", "", "eth0", "eth0 10.0.2.15"},
		{"", `^10\.250\.250\.`, "eth0", "eth1 10.250.250.11"},
		{"", `^eth1$`, "eth0", "eth1 10.250.250.11"},
		// An address comes before any name, also of an interface that is listed earlier.
		{"", `^(?:eth0|10\.250\.250\.200)$`, "eth0", "eth1 10.250.250.200"},
		{"eth1", "", "eth0", "eth1 10.250.250.11"},
		{"10.250.250.200", "", "eth0", "eth1 10.250.250.200"},
		{"eth0", `^10\.250\.`, "eth0", "eth0 10.0.2.15"},
		{"eth9", `^10\.250\.`, "eth0", "eth1 10.250.250.11"},
	} {
		got, err := chooseInterface(vagrant, one.iface, one.expression, one.route)
		if err != nil || got.name+" "+got.address != one.want {
			t.Errorf("%+v: %+v, %v", one, got, err)
		}
	}
}

func TestChooseInterfaceSaysWhatThereIs(t *testing.T) {
	const there = "; there are lo 127.0.0.1, eth0 10.0.2.15, eth1 10.250.250.11, eth1 10.250.250.200"
	for _, one := range []struct{ iface, expression, want string }{
		{"", "", "there is no default route, and no interface was named" + there},
		{"eth9", "", `no interface has the name or address "eth9" or matches ""` + there},
		{"", "^192", `no interface has the name or address "" or matches "^192"` + there},
		{"", "(", "error parsing regexp: missing closing ): `(`"},
	} {
		if got, err := chooseInterface(vagrant, one.iface, one.expression, ""); err == nil || err.Error() != one.want {
			t.Errorf("%+v: %+v, %v", one, got, err)
		}
	}
	if _, err := chooseInterface(nil, "", "", ""); err == nil || !strings.HasSuffix(err.Error(), "; there are none") {
		t.Error(err)
	}
}

func TestSubnetEnv(t *testing.T) {
	_, network, _ := net.ParseCIDR("10.244.0.0/16")
	const want = "FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.3.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n"
	if got, err := subnetEnv(network, "10.244.3.0/24", 1450, true); err != nil || got != want {
		t.Errorf("%q, %v", got, err)
	}
	_, err := subnetEnv(network, "10.32.1.0/24", 1450, true)
	const refused = "the pod network 10.244.0.0/16 of net-conf.json does not contain 10.32.1.0/24, the podCIDR of this node"
	if err == nil || err.Error() != refused {
		t.Error(err)
	}
}

func testNode(name, podCIDR, address string) *corev1.Node {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.NodeSpec{PodCIDR: podCIDR}}
	if address != "" {
		node.Annotations = map[string]string{publicIP: address}
	}
	return node
}

func TestPlanRoutes(t *testing.T) {
	plan := planRoutes("master1", []*corev1.Node{
		testNode("master1", "10.244.0.0/24", "10.9.0.1"),
		testNode("minion1", "10.244.1.0/24", "10.9.0.2"),
		testNode("minion2", "10.244.2.0/24", "10.9.0.3"),
		testNode("new", "", "10.9.0.4"),
		testNode("silent", "10.244.4.0/24", ""),
		testNode("wrong", "10.244.5.0/24", "minion1"),
	})
	want := map[string]string{"10.244.1.0/24": "10.9.0.2", "10.244.2.0/24": "10.9.0.3"}
	if !reflect.DeepEqual(plan, want) {
		t.Errorf("%v", plan)
	}
}

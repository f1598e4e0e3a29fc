package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// written is the Corefile of kubeadm 1.20.
const written = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . UPSTREAM {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
`

func resolvConf(t *testing.T, content string) string {
	path := filepath.Join(t.TempDir(), "resolv.conf")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCorefileOfKubeadm(t *testing.T) {
	upstream := resolvConf(t, "nameserver 192.0.2.1\nnameserver 2001:db8::1\n")
	got, err := readCorefile("Corefile", strings.NewReader(strings.Replace(written, "UPSTREAM", upstream, 1)))
	if err != nil {
		t.Fatal(err)
	}
	wanted := &settings{port: "53", zones: []string{"cluster.local.", "in-addr.arpa.", "ip6.arpa."}, fallthroughs: []string{"in-addr.arpa.", "ip6.arpa."},
		podRecords: true, ttl: 30, upstreams: []string{"192.0.2.1:53", "[2001:db8::1]:53"}, lameduck: 5 * time.Second}
	if !reflect.DeepEqual(got, wanted) {
		t.Errorf("got %+v, wanted %+v", got, wanted)
	}
}

func TestCorefileIsRefused(t *testing.T) {
	empty := resolvConf(t, "search example.com\n")
	cases := map[string][3]string{
		"a directive that is not known":   {"loadbalance", "autopath @kubernetes", "autopath"},
		"a property that is not known":    {"ttl 30", "endpoint_pod_names", "unknown property 'endpoint_pod_names'"},
		"a pods mode that is not served":  {"pods insecure", "pods verified", "pods verified is not served"},
		"a ttl that is no number":         {"ttl 30", "ttl long", "invalid syntax"},
		"a duration that is none":         {"lameduck 5s", "lameduck long", "invalid duration"},
		"a resolv.conf without servers":   {"UPSTREAM", empty, "plugin/forward: no nameservers found"},
		"a resolv.conf that is not there": {"UPSTREAM", "/nowhere/resolv.conf", `not an IP address or file: "/nowhere/resolv.conf"`},
		"another server block":            {"loadbalance\n}", "loadbalance\n}\nexample.com:53 {\n  errors\n}", "one server block"},
		"no zone":                         {"kubernetes cluster.local in-addr.arpa ip6.arpa", "kubernetes", "no kubernetes directive names a zone"},
	}
	for name, one := range cases {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(written, one[0], one[1], 1)
			_, err := readCorefile("Corefile", strings.NewReader(strings.Replace(text, "UPSTREAM", "192.0.2.1", 1)))
			if err == nil || !strings.Contains(err.Error(), one[2]) {
				t.Errorf("got %v, wanted words %q", err, one[2])
			}
		})
	}
}

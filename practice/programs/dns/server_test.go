package main

import (
	"fmt"
	"net"
	"net/http/httptest"
	"sort"
	"strings"
	"testing"

	"github.com/miekg/dns"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/cache"
)

func named(name string) meta.ObjectMeta { return meta.ObjectMeta{Name: name, Namespace: "default"} }

func service(name, address string, ports ...core.ServicePort) *core.Service {
	return &core.Service{ObjectMeta: named(name), Spec: core.ServiceSpec{ClusterIP: address, Ports: ports}}
}

func external(name, host string) *core.Service {
	return &core.Service{ObjectMeta: named(name), Spec: core.ServiceSpec{Type: core.ServiceTypeExternalName, ExternalName: host}}
}

func endpoints(name string, ports []core.EndpointPort, addresses ...core.EndpointAddress) *core.Endpoints {
	return &core.Endpoints{ObjectMeta: named(name), Subsets: []core.EndpointSubset{{Addresses: addresses, Ports: ports}}}
}

// objects are a small cluster.
func objects() []runtime.Object {
	http := core.ServicePort{Name: "http", Protocol: "TCP", Port: 80}
	httpThere := []core.EndpointPort{{Name: "http", Protocol: "TCP", Port: 8080}, {Name: "dns", Protocol: "UDP", Port: 5353}}
	many := []core.EndpointAddress{}
	for at := 0; at < 100; at++ {
		many = append(many, core.EndpointAddress{IP: fmt.Sprintf("10.244.9.%d", at)})
	}
	return []runtime.Object{
		&core.Namespace{ObjectMeta: meta.ObjectMeta{Name: "default"}},
		service("web", "10.96.0.10", http), endpoints("web", httpThere, core.EndpointAddress{IP: "10.244.1.7"}),
		service("six", "2001:db8::10", http),
		service("db", "None", http),
		endpoints("db", httpThere, core.EndpointAddress{IP: "10.244.1.2", Hostname: "db-0"}, core.EndpointAddress{IP: "10.244.2.3"}),
		service("portless", "None"), endpoints("portless", nil, core.EndpointAddress{IP: "10.244.1.9"}),
		service("empty", "None", http), endpoints("empty", httpThere),
		service("many", "None", http), endpoints("many", httpThere, many...),
		external("out", "www.example.com"), external("in", "web.default.svc.cluster.local"), external("round", "round.default.svc.cluster.local"),
	}
}

// serve starts a DNS server on a free port of both protocols.
func serve(t *testing.T, handler dns.Handler) string {
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	streams, err := net.Listen("tcp", packets.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range []*dns.Server{{PacketConn: packets, Handler: handler}, {Listener: streams, Handler: handler}} {
		started := make(chan struct{})
		one.NotifyStartedFunc = func() { close(started) }
		go one.ActivateAndServe()
		<-started
		server := one
		t.Cleanup(func() { server.Shutdown() })
	}
	return packets.LocalAddr().String()
}

// upstream knows www.example.com and one address's name, and refuses all else.
func upstream(t *testing.T) string {
	return serve(t, dns.HandlerFunc(func(w dns.ResponseWriter, r *dns.Msg) {
		m := new(dns.Msg).SetReply(r)
		switch question := r.Question[0]; {
		case question.Name == "www.example.com." && question.Qtype == dns.TypeA:
			m.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: question.Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 7}, A: net.IPv4(192, 0, 2, 80)}}
		case question.Name == "1.2.0.192.in-addr.arpa.":
			m.Answer = []dns.RR{&dns.PTR{Hdr: dns.RR_Header{Name: question.Name, Rrtype: dns.TypePTR, Class: dns.ClassINET}, Ptr: "host.example.com."}}
		default:
			m.Rcode = dns.RcodeRefused
		}
		w.WriteMsg(m)
	}))
}

func start(t *testing.T, upstreams ...string) (*server, string) {
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	settings := &settings{zones: []string{"cluster.local.", "in-addr.arpa.", "ip6.arpa."}, fallthroughs: []string{"in-addr.arpa."}, podRecords: true, ttl: 30, upstreams: upstreams}
	s := watch(settings, fake.NewSimpleClientset(objects()...), stop)
	cache.WaitForCacheSync(stop, s.synced...)
	return s, serve(t, s)
}

// ask gives code and records in a short form, sorted.
func ask(t *testing.T, server, network, name, kind string) (string, *dns.Msg) {
	question := new(dns.Msg).SetQuestion(dns.Fqdn(name), dns.StringToType[kind])
	answer, _, err := (&dns.Client{Net: network}).Exchange(question, server)
	if err != nil && answer == nil {
		t.Fatal(err)
	}
	lines := []string{}
	for _, record := range append(answer.Answer, answer.Extra...) {
		lines = append(lines, strings.Join(strings.Fields(record.String())[3:], " "))
	}
	sort.Strings(lines)
	if len(answer.Ns) > 0 {
		lines = append(lines, "from "+answer.Ns[0].Header().Name)
	}
	return strings.Join(append([]string{dns.RcodeToString[answer.Rcode]}, lines...), "; "), answer
}

func TestAnswers(t *testing.T) {
	_, address := start(t, upstream(t))
	nodata, unknown := "NOERROR; from cluster.local.", "NXDOMAIN; from cluster.local."
	for _, one := range [][3]string{
		{"web.default.svc.cluster.local", "A", "NOERROR; A 10.96.0.10"},
		{"WEB.default.SVC.cluster.local", "A", "NOERROR; A 10.96.0.10"},
		{"web.default.svc.cluster.local", "AAAA", nodata},
		{"six.default.svc.cluster.local", "AAAA", "NOERROR; AAAA 2001:db8::10"},
		{"10-244-1-7.web.default.svc.cluster.local", "A", "NOERROR; A 10.244.1.7"},
		{"_http._tcp.web.default.svc.cluster.local", "SRV", "NOERROR; A 10.96.0.10; SRV 0 100 80 web.default.svc.cluster.local."},
		{"_http._udp.web.default.svc.cluster.local", "SRV", unknown},
		{"http.tcp.web.default.svc.cluster.local", "SRV", unknown},
		{"web.default.svc.cluster.local", "TXT", nodata},
		{"nothing.default.svc.cluster.local", "A", unknown},
		{"web.nowhere.svc.cluster.local", "A", unknown},
		{"default.svc.cluster.local", "A", nodata},
		{"nowhere.svc.cluster.local", "A", unknown},
		{"svc.cluster.local", "A", nodata},
		{"cluster.local", "A", nodata},
		{"other.cluster.local", "A", unknown},
		{"a.b.c.web.default.svc.cluster.local", "A", unknown},
		{"db.default.svc.cluster.local", "A", "NOERROR; A 10.244.1.2; A 10.244.2.3"},
		{"db-0.db.default.svc.cluster.local", "A", "NOERROR; A 10.244.1.2"},
		{"10-244-2-3.db.default.svc.cluster.local", "A", "NOERROR; A 10.244.2.3"},
		{"10-244-1-2.db.default.svc.cluster.local", "A", unknown},
		{"_http._tcp.db.default.svc.cluster.local", "SRV", "NOERROR; A 10.244.1.2; A 10.244.2.3; SRV 0 50 8080 10-244-2-3.db.default.svc.cluster.local.; SRV 0 50 8080 db-0.db.default.svc.cluster.local."},
		{"portless.default.svc.cluster.local", "A", "NOERROR; A 10.244.1.9"},
		{"empty.default.svc.cluster.local", "A", unknown},
		{"out.default.svc.cluster.local", "A", "NOERROR; A 192.0.2.80; CNAME www.example.com."},
		{"out.default.svc.cluster.local", "CNAME", "NOERROR; CNAME www.example.com."},
		{"in.default.svc.cluster.local", "A", "NOERROR; A 10.96.0.10; CNAME web.default.svc.cluster.local."},
		{"10-244-3-4.default.pod.cluster.local", "A", "NOERROR; A 10.244.3.4"},
		{"2001-db8--5.default.pod.cluster.local", "AAAA", "NOERROR; AAAA 2001:db8::5"},
		{"10-244-3-4.nowhere.pod.cluster.local", "A", unknown},
		{"name.default.pod.cluster.local", "A", unknown},
		{"dns-version.cluster.local", "TXT", `NOERROR; TXT "1.1.0"`},
		{"dns-version.cluster.local", "A", nodata},
		{"10.0.96.10.in-addr.arpa", "PTR", "NOERROR; PTR web.default.svc.cluster.local."},
		{"2.1.244.10.in-addr.arpa", "PTR", "NOERROR; PTR db-0.db.default.svc.cluster.local."},
		{"0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", "PTR", "NOERROR; PTR six.default.svc.cluster.local."},
		{"1.0.ip6.arpa", "PTR", "NXDOMAIN; from ip6.arpa."},
		{"1.2.0.192.in-addr.arpa", "PTR", "NOERROR; PTR host.example.com."},
		{"www.example.com", "A", "NOERROR; A 192.0.2.80"},
		{"other.example.com", "A", "REFUSED"},
	} {
		for _, network := range []string{"udp", "tcp"} {
			if got, _ := ask(t, address, network, one[0], one[1]); got != one[2] {
				t.Errorf("%s %s by %s: got %q, wanted %q", one[0], one[1], network, got, one[2])
			}
		}
	}
}

func TestAnswersAreAuthoritativeAndHaveTheTTL(t *testing.T) {
	_, address := start(t)
	_, answer := ask(t, address, "udp", "web.default.svc.cluster.local", "A")
	if !answer.Authoritative || answer.Answer[0].Header().Ttl != 30 {
		t.Errorf("got %v", answer)
	}
	if got, _ := ask(t, address, "udp", "cluster.local", "SOA"); !strings.HasPrefix(got, "NOERROR; SOA ns.dns.cluster.local. hostmaster.cluster.local.") {
		t.Errorf("got %q", got)
	}
}

func TestLongAnswersAreCutForUDPOnly(t *testing.T) {
	_, address := start(t)
	_, short := ask(t, address, "udp", "many.default.svc.cluster.local", "A")
	short.Compress = true
	if !short.Truncated || len(short.Answer) == 0 || short.Len() > dns.MinMsgSize {
		t.Errorf("by UDP: truncated %v, %d records", short.Truncated, len(short.Answer))
	}
	if _, whole := ask(t, address, "tcp", "many.default.svc.cluster.local", "A"); whole.Truncated || len(whole.Answer) != 100 {
		t.Errorf("by TCP: truncated %v, %d records", whole.Truncated, len(whole.Answer))
	}
	large := new(dns.Msg).SetQuestion("many.default.svc.cluster.local.", dns.TypeA)
	large.SetEdns0(4096, false)
	if answer, _, err := new(dns.Client).Exchange(large, address); err != nil || answer.IsEdns0() == nil || len(answer.Answer) != 100 {
		t.Errorf("with EDNS: %v, %v", err, answer)
	}
}

func TestAliasesThatGoRoundEnd(t *testing.T) {
	_, address := start(t)
	if _, answer := ask(t, address, "tcp", "round.default.svc.cluster.local", "A"); len(answer.Answer) != mostAliases+1 {
		t.Errorf("got %v", answer)
	}
}

func TestOtherNamesFailWithoutAnUpstreamThatAnswers(t *testing.T) {
	closed, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	_, address := start(t, closed.LocalAddr().String())
	if got, _ := ask(t, address, "udp", "www.example.com", "A"); got != "SERVFAIL" {
		t.Errorf("got %q", got)
	}
}

func TestNotReadyBeforeTheClusterIsKnown(t *testing.T) {
	s, address := start(t)
	s.synced = append(s.synced, func() bool { return false })
	if got, _ := ask(t, address, "udp", "web.default.svc.cluster.local", "A"); got != "SERVFAIL" {
		t.Errorf("got %q", got)
	}
	for good, code := range map[bool]int{true: 200, false: 503} {
		answer := httptest.NewRecorder()
		path("/ready", func() bool { return good }).ServeHTTP(answer, httptest.NewRequest("GET", "/ready", nil))
		if answer.Code != code {
			t.Errorf("got %d, wanted %d", answer.Code, code)
		}
	}
}

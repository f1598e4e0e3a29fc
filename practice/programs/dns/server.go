package main

import (
	"math/rand"
	"net"
	"strings"
	"time"

	"github.com/miekg/dns"
	"k8s.io/client-go/tools/cache"
)

const (
	schemaVersion   = "1.1.0"
	upstreamTimeout = 2 * time.Second
	mostAliases     = 8
	optSize         = 11
)

// server answers for the cluster's zones and forwards the rest.
type server struct {
	*settings
	cluster
	synced []cache.InformerSynced
}

// ready tells whether all objects of the cluster have been seen once.
func (s *server) ready() bool {
	for _, one := range s.synced {
		if !one() {
			return false
		}
	}
	return true
}

// ServeDNS answers one question.
func (s *server) ServeDNS(w dns.ResponseWriter, r *dns.Msg) {
	answer, network := new(dns.Msg), w.RemoteAddr().Network()
	switch {
	case r.Opcode != dns.OpcodeQuery:
		answer.SetRcode(r, dns.RcodeNotImplemented)
	case len(r.Question) != 1:
		answer.SetRcode(r, dns.RcodeFormatError)
	default:
		answer = s.answer(r, network)
	}
	fit(answer, r, network)
	w.WriteMsg(answer)
}

func (s *server) answer(r *dns.Msg, network string) *dns.Msg {
	name, kind := strings.ToLower(r.Question[0].Name), r.Question[0].Qtype
	zone := longest(s.zones, name)
	if zone == "" {
		return s.forwarded(r, network)
	}
	m := new(dns.Msg)
	m.SetReply(r)
	m.Authoritative, m.RecursionAvailable = true, true
	if !s.ready() {
		return m.SetRcode(r, dns.RcodeServerFailure)
	}
	exists := false
	if strings.HasSuffix(zone, ".arpa.") {
		for _, host := range s.names(addressOf(name), s.zones[0]) {
			exists = true
			if kind == dns.TypePTR {
				m.Answer = append(m.Answer, &dns.PTR{Hdr: s.header(r.Question[0].Name, dns.TypePTR), Ptr: host})
			}
		}
	} else {
		exists = s.named(m, r.Question[0].Name, kind, network, 0)
	}
	exists = exists || name == zone
	if !exists && longest(s.fallthroughs, name) != "" {
		return s.forwarded(r, network)
	}
	if kind == dns.TypeSOA && name == zone {
		m.Answer = []dns.RR{s.soa(zone)}
	}
	if len(m.Answer) == 0 {
		m.Ns = []dns.RR{s.soa(zone)}
	}
	if !exists {
		m.Rcode = dns.RcodeNameError
	}
	return m
}

// named adds the records of a name of the cluster; false when there is no such name.
func (s *server) named(m *dns.Msg, asked string, kind uint16, network string, aliases int) bool {
	name := strings.ToLower(asked)
	zone := longest(s.zones, name)
	if name == "dns-version."+zone {
		if kind == dns.TypeTXT {
			m.Answer = append(m.Answer, &dns.TXT{Hdr: s.header(asked, kind), Txt: []string{schemaVersion}})
		}
		return true
	}
	found, exists := s.targets(name, zone, s.podRecords)
	rand.Shuffle(len(found), func(a, b int) { found[a], found[b] = found[b], found[a] })
	seen := map[target]bool{}
	for _, one := range found {
		address := net.ParseIP(one.host)
		if address == nil {
			s.alias(m, asked, one.host, kind, network, aliases)
			continue
		}
		if kind == dns.TypeSRV && one.port != 0 {
			record := &dns.SRV{Hdr: s.header(asked, kind), Port: uint16(one.port), Target: one.owner}
			record.Weight = uint16(100 / len(found))
			m.Answer = append(m.Answer, record)
		}
		// An address is told once, however many ports it has.
		if one.port = 0; seen[one] {
			continue
		}
		seen[one] = true
		if kind == dns.TypeSRV {
			m.Extra = append(m.Extra, s.address(one.owner, address))
		} else if record := s.address(asked, address); record.Header().Rrtype == kind {
			m.Answer = append(m.Answer, record)
		}
	}
	return exists
}

// alias adds the name that an ExternalName stands for, and what that one stands for in its turn.
func (s *server) alias(m *dns.Msg, asked, host string, kind uint16, network string, aliases int) {
	m.Answer = append(m.Answer, &dns.CNAME{Hdr: s.header(asked, dns.TypeCNAME), Target: host})
	if kind != dns.TypeA && kind != dns.TypeAAAA || aliases == mostAliases {
		return
	}
	if longest(s.zones, strings.ToLower(host)) != "" {
		s.named(m, host, kind, network, aliases+1)
		return
	}
	question := new(dns.Msg)
	question.SetQuestion(host, kind)
	if answer := s.forwarded(question, network); answer.Rcode == dns.RcodeSuccess {
		m.Answer = append(m.Answer, answer.Answer...)
	}
}

func (s *server) header(name string, kind uint16) dns.RR_Header {
	return dns.RR_Header{Name: name, Rrtype: kind, Class: dns.ClassINET, Ttl: s.ttl}
}

func (s *server) address(name string, address net.IP) dns.RR {
	if four := address.To4(); four != nil {
		return &dns.A{Hdr: s.header(name, dns.TypeA), A: four}
	}
	return &dns.AAAA{Hdr: s.header(name, dns.TypeAAAA), AAAA: address}
}

func (s *server) soa(zone string) dns.RR {
	return &dns.SOA{Hdr: s.header(zone, dns.TypeSOA), Ns: "ns.dns." + zone, Mbox: "hostmaster." + zone,
		Serial: uint32(time.Now().Unix()), Refresh: 7200, Retry: 1800, Expire: 86400, Minttl: s.ttl}
}

// forwarded asks the upstreams one after the other, each time in another order.
func (s *server) forwarded(r *dns.Msg, network string) *dns.Msg {
	client := &dns.Client{Net: network, Timeout: upstreamTimeout}
	for _, at := range rand.Perm(len(s.upstreams)) {
		if answer, _, err := client.Exchange(r.Copy(), s.upstreams[at]); err == nil {
			return answer
		}
	}
	return new(dns.Msg).SetRcode(r, dns.RcodeServerFailure)
}

// longest gives the zone that the name is in; empty when it is in none.
func longest(zones []string, name string) (found string) {
	for _, zone := range zones {
		if dns.IsSubDomain(zone, name) && len(zone) > len(found) {
			found = zone
		}
	}
	return found
}

// fit makes the answer as small as who asked can take it; what is cut is asked for again by TCP.
func fit(answer, r *dns.Msg, network string) {
	size, asked := dns.MaxMsgSize, r.IsEdns0()
	if network == "udp" {
		size = dns.MinMsgSize
		if asked != nil && int(asked.UDPSize()) > size {
			size = int(asked.UDPSize())
		}
	}
	answer.Compress = true
	for answer.Len() > size-optSize && len(answer.Answer) > 0 {
		answer.Truncated, answer.Extra = true, nil
		answer.Answer = answer.Answer[:len(answer.Answer)-1]
	}
	if asked != nil && answer.IsEdns0() == nil {
		answer.SetEdns0(dns.DefaultMsgSize, asked.Do())
	}
}

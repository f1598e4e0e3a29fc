package main

import (
	"net"
	"strings"

	"github.com/miekg/dns"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	listers "k8s.io/client-go/listers/core/v1"
)

// cluster is what the records are made of.
type cluster struct {
	services   listers.ServiceLister
	endpoints  listers.EndpointsLister
	namespaces listers.NamespaceLister
}

// target is one thing that a name stands for: an address or, of an ExternalName, another name. A port of 0 is none.
type target struct {
	owner, host string
	port        int32
}

// targets finds what a name within the zone stands for, and whether the name exists: one that does may have no targets.
func (c *cluster) targets(name, zone string, podRecords bool) ([]target, bool) {
	parts := dns.SplitDomainName(strings.TrimSuffix(name, zone))
	last := len(parts) - 1
	if last >= 0 && parts[last] != "svc" && !(parts[last] == "pod" && podRecords) {
		return nil, false
	}
	if last < 1 {
		return nil, true
	}
	namespace := parts[last-1]
	if _, err := c.namespaces.Get(namespace); err != nil || last == 1 {
		return nil, err == nil
	}
	var found []target
	service, own := parts[last-2], strings.Join(parts[last-2:], ".")+"."+zone
	switch {
	case parts[last] == "pod":
		if address := podAddress(service); address != nil && last == 2 {
			found = []target{{name, address.String(), 0}}
		}
	case last == 2:
		found = c.service(own, namespace, service, "", "", "")
	case last == 3:
		found = c.service(own, namespace, service, parts[0], "", "")
	case last == 4 && parts[0][0] == '_' && parts[1][0] == '_':
		found = c.service(own, namespace, service, "", parts[0][1:], parts[1][1:])
	}
	return found, len(found) > 0
}

// service finds the targets of a service, of one of its endpoints, or of one of its ports.
func (c *cluster) service(own, namespace, name, endpoint, port, protocol string) (found []target) {
	service, err := c.services.Services(namespace).Get(name)
	if err != nil {
		return nil
	}
	if service.Spec.Type == core.ServiceTypeExternalName {
		if endpoint != "" || port != "" {
			return nil
		}
		return []target{{own, dns.Fqdn(service.Spec.ExternalName), 0}}
	}
	add := func(owner, address, name, kind string, number int32) {
		if port == "" || strings.EqualFold(port, name) && strings.EqualFold(protocol, kind) {
			found = append(found, target{owner, address, number})
		}
	}
	if service.Spec.ClusterIP != core.ClusterIPNone && endpoint == "" {
		for _, one := range service.Spec.Ports {
			add(own, service.Spec.ClusterIP, one.Name, string(one.Protocol), one.Port)
		}
		return found
	}
	endpoints, err := c.endpoints.Endpoints(namespace).Get(name)
	if err != nil {
		return nil
	}
	for _, subset := range endpoints.Subsets {
		ports := subset.Ports
		if len(ports) == 0 {
			ports = []core.EndpointPort{{}}
		}
		for _, address := range subset.Addresses {
			if host := endpointName(address); endpoint == "" || endpoint == host {
				for _, one := range ports {
					add(host+"."+own, address.IP, one.Name, string(one.Protocol), one.Port)
				}
			}
		}
	}
	return found
}

// names finds what an address is called: a service by its cluster IP, or else endpoints of services.
func (c *cluster) names(address, zone string) (found []string) {
	services, _ := c.services.List(labels.Everything())
	for _, one := range services {
		if address != "" && one.Spec.ClusterIP == address {
			return []string{one.Name + "." + one.Namespace + ".svc." + zone}
		}
	}
	every, _ := c.endpoints.List(labels.Everything())
	for _, one := range every {
		for _, subset := range one.Subsets {
			for _, each := range subset.Addresses {
				if each.IP == address {
					found = append(found, endpointName(each)+"."+one.Name+"."+one.Namespace+".svc."+zone)
				}
			}
		}
	}
	return found
}

// endpointName is the host name that a pod asked for, or the address written with dashes.
func endpointName(address core.EndpointAddress) string {
	if address.Hostname != "" {
		return address.Hostname
	}
	return strings.NewReplacer(".", "-", ":", "-").Replace(address.IP)
}

func podAddress(dashed string) net.IP {
	if address := net.ParseIP(strings.ReplaceAll(dashed, "-", ".")); address != nil {
		return address
	}
	return net.ParseIP(strings.ReplaceAll(dashed, "-", ":"))
}

// addressOf reads a name like 4.3.2.1.in-addr.arpa.; empty when it is none.
func addressOf(name string) string {
	parts := dns.SplitDomainName(name)
	for a, b := 0, len(parts)-3; a < b; a, b = a+1, b-1 {
		parts[a], parts[b] = parts[b], parts[a]
	}
	text := strings.Join(parts[:len(parts)-2], ".")
	if strings.HasSuffix(name, ".ip6.arpa.") {
		digits := strings.ReplaceAll(text, ".", "")
		text = ""
		for at := 0; at+4 <= len(digits); at += 4 {
			text += ":" + digits[at:at+4]
		}
		text = strings.TrimPrefix(text, ":")
	}
	if address := net.ParseIP(text); address != nil {
		return address.String()
	}
	return ""
}

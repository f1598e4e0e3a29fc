package main

import (
	"fmt"
	"net"
	"regexp"
	"strings"

	"github.com/vishvananda/netlink"
)

// candidate is one IPv4 address of one interface.
type candidate struct {
	name    string
	index   int
	mtu     int
	address string
}

// chooseInterface follows flannel: a name or address that was given; then the expression, tried on all addresses
// before all names; without either the interface of the default route.
func chooseInterface(all []candidate, iface, expression, ofDefaultRoute string) (candidate, error) {
	matches, err := regexp.Compile(expression)
	if err != nil {
		return candidate{}, err
	}
	if iface == "" && expression == "" {
		if iface = ofDefaultRoute; iface == "" {
			return candidate{}, fmt.Errorf("there is no default route, and no interface was named; there are %s",
				described(all))
		}
	}
	for _, wanted := range []func(one candidate) bool{
		func(one candidate) bool { return one.name == iface || one.address == iface },
		func(one candidate) bool { return expression != "" && matches.MatchString(one.address) },
		func(one candidate) bool { return expression != "" && matches.MatchString(one.name) },
	} {
		for _, one := range all {
			if wanted(one) {
				return one, nil
			}
		}
	}
	return candidate{}, fmt.Errorf("no interface has the name or address %q or matches %q; there are %s",
		iface, expression, described(all))
}

func described(all []candidate) string {
	if len(all) == 0 {
		return "none"
	}
	var names []string
	for _, one := range all {
		names = append(names, one.name+" "+one.address)
	}
	return strings.Join(names, ", ")
}

func listCandidates() ([]candidate, error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	var all []candidate
	for _, one := range interfaces {
		addresses, err := one.Addrs()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", one.Name, err)
		}
		for _, address := range addresses {
			if network, ok := address.(*net.IPNet); ok && network.IP.To4() != nil {
				all = append(all, candidate{one.Name, one.Index, one.MTU, network.IP.String()})
			}
		}
	}
	return all, nil
}

func defaultRouteInterface() (string, error) {
	routes, err := netlink.RouteList(nil, netlink.FAMILY_V4)
	if err != nil {
		return "", err
	}
	for _, route := range routes {
		if route.Dst != nil {
			continue
		}
		link, err := netlink.LinkByIndex(route.LinkIndex)
		if err != nil {
			return "", err
		}
		return link.Attrs().Name, nil
	}
	return "", nil
}

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
	if iface == "" && expression == "" {
		return first(all, func(one candidate) bool { return one.name == ofDefaultRoute },
			"there is no default route, and no interface was named")
	}
	if iface != "" {
		found, err := first(all, func(one candidate) bool { return one.name == iface || one.address == iface },
			fmt.Sprintf("no interface has the name or address %s", iface))
		if err == nil || expression == "" {
			return found, err
		}
	}
	matches, err := regexp.Compile(expression)
	if err != nil {
		return candidate{}, err
	}
	found, err := first(all, func(one candidate) bool { return matches.MatchString(one.address) }, "")
	if err == nil {
		return found, nil
	}
	return first(all, func(one candidate) bool { return matches.MatchString(one.name) },
		fmt.Sprintf("failed to find interface to use that matches the interfaces and/or regexes provided: %s", expression))
}

func first(all []candidate, wanted func(candidate) bool, otherwise string) (candidate, error) {
	for _, one := range all {
		if wanted(one) {
			return one, nil
		}
	}
	return candidate{}, fmt.Errorf("%s; there are %s", otherwise, described(all))
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

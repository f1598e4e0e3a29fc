package main

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
)

// publicIP is flannel's annotation for the address that a node's agent has chosen.
const publicIP = "flannel.alpha.coreos.com/public-ip"

// routeProtocol marks our routes in the kernel, so that those of nodes that went are found and taken away.
const routeProtocol = 0xfa

// planRoutes gives the wanted routes, from a node's podCIDR to its address. A node without either is not reached yet:
// its agent has not said which address it takes.
func planRoutes(own string, nodes []*corev1.Node) map[string]string {
	plan := map[string]string{}
	for _, node := range nodes {
		_, subnet, err := net.ParseCIDR(node.Spec.PodCIDR)
		gateway := net.ParseIP(node.Annotations[publicIP])
		if node.Name != own && err == nil && gateway != nil {
			plan[subnet.String()] = gateway.String()
		}
	}
	return plan
}

// applyRoutes makes the kernel's routes over an interface those of the plan; all of them are tried.
func applyRoutes(link int, plan map[string]string) error {
	ours := &netlink.Route{Protocol: routeProtocol, Table: unix.RT_TABLE_MAIN}
	const by = netlink.RT_FILTER_PROTOCOL | netlink.RT_FILTER_TABLE
	present, err := netlink.RouteListFiltered(netlink.FAMILY_V4, ours, by)
	if err != nil {
		return fmt.Errorf("list routes: %w", err)
	}
	var problems []string
	right := map[string]bool{}
	for index := range present {
		route := present[index]
		wanted, planned := plan[route.Dst.String()]
		if planned && route.Gw.String() == wanted && route.LinkIndex == link {
			right[route.Dst.String()] = true
		} else if err := netlink.RouteDel(&route); err != nil {
			problems = append(problems, fmt.Sprintf("remove route to %s via %s: %v", route.Dst, route.Gw, err))
		}
	}
	for destination, gateway := range plan {
		if right[destination] {
			continue
		}
		_, subnet, _ := net.ParseCIDR(destination)
		route := &netlink.Route{Dst: subnet, Gw: net.ParseIP(gateway), LinkIndex: link, Protocol: routeProtocol}
		if err := netlink.RouteReplace(route); err != nil {
			problems = append(problems, fmt.Sprintf("add route to %s via %s: %v", destination, gateway, err))
		}
	}
	if len(problems) > 0 {
		return errors.New(strings.Join(problems, "; "))
	}
	return nil
}

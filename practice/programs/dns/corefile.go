package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/caddyserver/caddy/caddyfile"
	"github.com/miekg/dns"
)

// settings are what the Corefile says. Directives that change nothing here are known and read over.
type settings struct {
	port         string
	zones        []string
	fallthroughs []string
	podRecords   bool
	ttl          uint32
	upstreams    []string
	lameduck     time.Duration
}

// properties are the directives that kubeadm writes, each with what may stand in its block.
var properties = map[string]string{
	"errors": "", "health": " lameduck ", "ready": "", "kubernetes": " pods fallthrough ttl ", "prometheus": "",
	"forward": " max_concurrent ", "cache": "", "loop": "", "reload": "", "loadbalance": "",
}

// readCorefile reads a Corefile as kubeadm writes it, and refuses what it does not know.
func readCorefile(file string, content io.Reader) (*settings, error) {
	known := []string{}
	for name := range properties {
		known = append(known, name)
	}
	blocks, err := caddyfile.Parse(file, content, known)
	if err != nil {
		return nil, err
	}
	if len(blocks) != 1 || len(blocks[0].Keys) != 1 || !strings.HasPrefix(blocks[0].Keys[0], ".:") {
		return nil, fmt.Errorf("%s: one server block is served here, for .:53", file)
	}
	s := &settings{port: blocks[0].Keys[0][2:], ttl: 5}
	for directive, tokens := range blocks[0].Tokens {
		reader := caddyfile.NewDispenserTokens(file, tokens)
		reader.Next()
		args := reader.RemainingArgs()
		block := map[string][]string{}
		for reader.NextBlock() {
			property := reader.Val()
			if !strings.Contains(properties[directive], " "+property+" ") {
				return nil, fmt.Errorf("plugin/%s: %w", directive, reader.Errf("unknown property '%s'", property))
			}
			block[property] = reader.RemainingArgs()
		}
		if err := s.take(directive, args, block); err != nil {
			return nil, fmt.Errorf("plugin/%s: %w", directive, err)
		}
	}
	if len(s.zones) == 0 {
		return nil, fmt.Errorf("%s: no kubernetes directive names a zone", file)
	}
	return s, nil
}

func (s *settings) take(directive string, args []string, block map[string][]string) (err error) {
	switch directive {
	case "health":
		if duck := block["lameduck"]; duck != nil {
			s.lameduck, err = time.ParseDuration(strings.Join(duck, " "))
		}
	case "forward":
		if len(args) < 2 || args[0] != "." {
			return errors.New("it needs . and where to ask")
		}
		s.upstreams, err = upstreams(args[1:])
	case "kubernetes":
		s.zones, s.fallthroughs = fqdns(args), fqdns(block["fallthrough"])
		if _, all := block["fallthrough"]; all && len(s.fallthroughs) == 0 {
			s.fallthroughs = s.zones
		}
		mode := strings.Join(block["pods"], " ")
		if s.podRecords = mode == "insecure"; !s.podRecords && mode != "" && mode != "disabled" {
			return fmt.Errorf("pods %s is not served here", mode)
		}
		if ttl := block["ttl"]; ttl != nil {
			var seconds uint64
			seconds, err = strconv.ParseUint(strings.Join(ttl, " "), 10, 12)
			s.ttl = uint32(seconds)
		}
	}
	return err
}

// upstreams takes addresses, and files in resolv.conf's form.
func upstreams(places []string) ([]string, error) {
	found := []string{}
	for _, place := range places {
		if net.ParseIP(place) != nil {
			found = append(found, net.JoinHostPort(place, "53"))
		} else if host, _, err := net.SplitHostPort(place); err == nil && net.ParseIP(host) != nil {
			found = append(found, place)
		} else if config, err := dns.ClientConfigFromFile(place); err == nil {
			for _, server := range config.Servers {
				found = append(found, net.JoinHostPort(server, config.Port))
			}
		} else {
			return nil, fmt.Errorf("not an IP address or file: %q", place)
		}
	}
	if len(found) == 0 {
		return nil, errors.New("no nameservers found")
	}
	return found, nil
}

func fqdns(names []string) []string {
	whole := []string{}
	for _, name := range names {
		whole = append(whole, strings.ToLower(dns.Fqdn(name)))
	}
	return whole
}

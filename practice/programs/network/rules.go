package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
)

// Under this name it takes the wanted program's as first argument, so the image needs no links.
const xtables = "/usr/sbin/xtables-nft-multi"

// rules gives the two chains for iptables-restore: it replaces the named chains at once and leaves all others alone.
func rules(network string, ipMasq bool) string {
	nat := ""
	if ipMasq {
		nat = fmt.Sprintf(`*nat
:FLANNEL-POSTRTG - [0:0]
-A FLANNEL-POSTRTG -s %[1]s -d %[1]s -m comment --comment "flanneld masq" -j RETURN
-A FLANNEL-POSTRTG -s %[1]s ! -d 224.0.0.0/4 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully
COMMIT
`, network)
	}
	return nat + fmt.Sprintf(`*filter
:FLANNEL-FWD - [0:0]
-A FLANNEL-FWD -s %[1]s -m comment --comment "flanneld forward" -j ACCEPT
-A FLANNEL-FWD -d %[1]s -m comment --comment "flanneld forward" -j ACCEPT
COMMIT
`, network)
}

// applyRules fills the chains and makes sure that they are jumped to.
func applyRules(program, network string, ipMasq bool) error {
	if err := runProgram(rules(network, ipMasq), program, "iptables-restore", "--noflush"); err != nil {
		return err
	}
	jumps := [][]string{{"filter", "FORWARD", "FLANNEL-FWD", "flanneld forward"}}
	if ipMasq {
		jumps = append(jumps, []string{"nat", "POSTROUTING", "FLANNEL-POSTRTG", "flanneld masq"})
	}
	for _, jump := range jumps {
		rule := []string{jump[1], "-m", "comment", "--comment", jump[3], "-j", jump[2]}
		if runProgram("", program, append([]string{"iptables", "-t", jump[0], "-C"}, rule...)...) == nil {
			continue
		}
		if err := runProgram("", program, append([]string{"iptables", "-t", jump[0], "-A"}, rule...)...); err != nil {
			return err
		}
	}
	return nil
}

func runProgram(input, program string, arguments ...string) error {
	var said bytes.Buffer
	call := exec.Command(program, arguments...)
	call.Stdin, call.Stdout, call.Stderr = strings.NewReader(input), &said, &said
	if err := call.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(arguments, " "), err, strings.TrimSpace(said.String()))
	}
	return nil
}

#!/bin/sh
# A machine of its own from the next boot on: an address by DHCP on the first card, a console on the serial port, a name that
# can be resolved, and nothing that looks for a cloud.
set -eu

for service in tiny-cloud-boot tiny-cloud-early tiny-cloud-main tiny-cloud-final \
  cloud-init-local cloud-init cloud-config cloud-final; do
  for level in sysinit boot default; do
    [ ! -e "/etc/runlevels/$level/$service" ] || rc-update -q del "$service" "$level"
  done
done
rm -rf /var/lib/cloud

printf 'auto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet dhcp\n' >/etc/network/interfaces
[ -e /etc/runlevels/boot/networking ] || rc-update -q add networking boot
echo alpine >/etc/hostname
printf '127.0.0.1 alpine localhost\n::1 localhost\n' >/etc/hosts

tty=ttyS0
[ "$(uname -m)" != aarch64 ] || tty=ttyAMA0
grep -q "^$tty:" /etc/inittab || echo "$tty::respawn:/sbin/getty -L 115200 $tty vt100" >>/etc/inittab

#!/bin/sh
# The user vagrant, as Vagrant expects it: its public key, which Vagrant replaces at the first boot, root by sudo and doas
# without a password, and no login by password for anybody.
set -eu

# keys/vagrant.pub of Vagrant.
key='ssh-rsa AAAAB3NzaC1yc2EAAAABIwAAAQEA6NF8iallvQVp22WDkTkyrtvp9eWW6A8YVr+kz4TjGYe7gHzIw+niNltGEFHzD8+v1I2YJ6oXevct1YeS0o9HZyN1Q9qgCgzUFtdOKLv6IedplqoPkcmF0aYet2PkEDo3MlTBckFXPITAMzF8dJSIFo9D8HfdOV0IAdx4O7PtixWKn5y2hMNG0zQPyUecp4pzC6kivAIhyfHilFR61RGL+GPXQ2MWZWFYbAGjyiYJnAmCP3NOTd0jMZEnDkbUvxhMmBYSdETk1rRgm+R4LOzFUGaHqHDLKLX+FIPKcF96hrucXzcWyLbIbEgE98OHlnVYCzRdK8jlqm8tehUc9c9WhQ== vagrant insecure public key'
home=/home/vagrant

id vagrant >/dev/null 2>&1 || adduser -D -s /bin/sh -h "$home" vagrant
# A user without a password counts as locked where there is no PAM, also for keys: * is no password, and not locked.
sed -i 's/^\(vagrant\|root\):!*:/\1:*:/' /etc/shadow
mkdir -p "$home/.ssh"
printf '%s\n' "$key" >"$home/.ssh/authorized_keys"
chmod 0700 "$home/.ssh"
chmod 0600 "$home/.ssh/authorized_keys"
chown -R vagrant:vagrant "$home"

mkdir -p /etc/sudoers.d /etc/doas.d
echo 'vagrant ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/vagrant
chmod 0440 /etc/sudoers.d/vagrant
echo 'permit nopass vagrant' >/etc/doas.d/vagrant.conf
chmod 0400 /etc/doas.d/vagrant.conf

# The first value of a keyword counts (sshd_config(5)), so ours stand at the top. Alpine's file forbids tunnels, which the
# way to a cluster's API may need.
config=/etc/ssh/sshd_config
if ! grep -q '^# alpine-k8s$' "$config"; then
  {
    printf '# alpine-k8s\nPasswordAuthentication no\nPermitRootLogin prohibit-password\nAllowTcpForwarding yes\nUseDNS no\n'
    cat "$config"
  } >"$config.new"
  cat "$config.new" >"$config"
  rm "$config.new"
fi

# Made by alpine-k8s 0.0.0 from its template Vagrantfile.hbs.
# You may edit it: an edited file is used as it is. `alpine-k8s render --force` makes it anew and keeps a backup.
# sha256 of the rest of this file: 26beddd7a83b07bd690991a1679d20d625c686b680a780cd3f33c7c01ed88019
# -*- mode: ruby -*-
# vi: set ft=ruby :
#
# The machines of the cluster demo: masters 3, minions 2, provider libvirt.
#
#   vagrant up      makes the machines fit to be nodes with shared.sh from this folder, and joins none of them
#   alpine-k8s up   builds the whole cluster, and tells when every node and workload is ready
#
# Each continues what the other began. With several masters only `alpine-k8s up` sees which of them live: a machine that is
# made anew must never begin a second cluster beside the living one. Nothing secret is in this file.

require "digest"
require "shellwords"

Vagrant.require_version ">= 2.2.6"

nodes = [
  { name: "master1", role: "master", fqdn: "master1.example.com", address: "10.250.250.2", cpus: 2, memory: 2048 },
  { name: "master2", role: "master", fqdn: "master2.example.com", address: "10.250.250.3", cpus: 2, memory: 2048 },
  { name: "master3", role: "master", fqdn: "master3.example.com", address: "10.250.250.4", cpus: 2, memory: 2048 },
  { name: "minion1", role: "minion", fqdn: "minion1.example.com", address: "10.250.250.10", cpus: 2, memory: 2048 },
  { name: "minion2", role: "minion", fqdn: "minion2.example.com", address: "10.250.250.11", cpus: 2, memory: 4096 },
]

# Machines that exist but are no longer in alpine-k8s.yaml. They stay known to Vagrant, so that it can destroy them.
orphans = []

# What every node is told, the same for all; shared.sh says what each variable means.
settings = {
  "AK8S_NODE_PREFIX" => "24",
  "AK8S_ADDRESS_OWNER" => "vagrant",
  "AK8S_ENDPOINT_NAME" => "api.demo.example.com",
  "AK8S_ENDPOINT_ADDRESS" => "10.250.250.2,10.250.250.3,10.250.250.4",
  "AK8S_KUBERNETES_VERSION" => "v1.36.1",
  "AK8S_CA_HASH" => "sha256:abababababababababababababababababababababababababababababababab",
  "AK8S_IGNORE_PREFLIGHT" => "",
  "AK8S_IMAGE_REPOSITORY" => "",
  "AK8S_HTTP_PROXY" => "",
  "AK8S_HTTPS_PROXY" => "",
  "AK8S_NO_PROXY" => "",
}

path = ->(name) { File.join(__dir__, name) }
there = ->(name) { File.file?(path.(name)) && File.readable?(path.(name)) }
read = ->(name) { File.binread(path.(name)) }
base64 = ->(bytes) { [bytes].pack("m0") }

# Vagrant puts the values between double quotes of a shell command: this keeps a backslash, dollar or backquote literal.
quoted = ->(variables) { variables.transform_values { |value| value.to_s.gsub(/[\\$`]/) { |special| "\\#{special}" } } }

proxies = { "AK8S_HTTP_PROXY" => "http", "AK8S_HTTPS_PROXY" => "https" }
  .transform_values { |name| ".alpine-k8s/proxy/#{name}" }.select { |_, name| there.(name) }
  .transform_values { |name| read.(name) }
proxy_ca = there.(".alpine-k8s/proxy/ca.crt") ? base64.(read.(".alpine-k8s/proxy/ca.crt")) : ""

Vagrant.configure("2") do |config|
  config.vm.box = "alpine-3.24-containerd-kubernetes-v1.36.1"
  config.vm.box_check_update = false
  config.vm.boot_timeout = 600
  config.vm.synced_folder ".", "/vagrant", disabled: true
  config.vm.provider "libvirt" do |libvirt|
    libvirt.default_prefix = "demo-0123abcd-"
  end

  # Never shown in Vagrant's output. Not `sensitive: true` below, which would also blot out harmless values such as names.
  config.vagrant.sensitive = [*proxies.values].reject(&:empty?)

  nodes.each do |spec|
    config.vm.define spec[:name] do |node|
      node.vm.hostname = spec[:fqdn]
      node.vm.network "private_network", ip: spec[:address], netmask: "255.255.255.0",
        libvirt__network_name: "demo-0123abcd", libvirt__dhcp_enabled: false
      node.vm.provider "libvirt" do |libvirt|
        libvirt.cpus = spec[:cpus]
        libvirt.memory = spec[:memory]
      end

      missing = ["shared.sh", ".alpine-k8s/pki/ca.crt"].reject { |name| there.(name) }

      unless missing.empty?
        words = "alpine-k8s: #{spec[:name]} cannot be provisioned: missing in #{__dir__}: #{missing.join(", ")}. " \
          "Type `alpine-k8s render` there, then `vagrant provision`."
        node.vm.provision "shell", name: "look for files", inline: "echo #{Shellwords.escape(words)} >&2\nexit 1\n"
        next
      end

      certificate = read.(".alpine-k8s/pki/ca.crt")
      variables = settings.merge(proxies).merge(
        "AK8S_MODE" => "apply",
        "AK8S_ROLE" => spec[:role],
        "AK8S_NODE_NAME" => spec[:name],
        "AK8S_NODE_FQDN" => spec[:fqdn],
        "AK8S_NODE_ADDRESS" => spec[:address],
        "AK8S_PROXY_CA_B64" => proxy_ca,
        "AK8S_CA_FINGERPRINT" => Digest::SHA256.hexdigest(certificate.gsub(/^-----.*$/, "").unpack1("m")),
        # The machine's clock is set when it is further off than booting can take.
        "AK8S_CLOCK_EPOCH" => Time.now.to_i,
        "AK8S_CLOCK_SLACK" => 600
      )

      node.vm.provision "shell", name: "shared.sh", path: "shared.sh", env: quoted.(variables)
      words = "alpine-k8s: #{spec[:name]} is fit to be a node. With several masters the nodes are joined by: alpine-k8s up"
      node.vm.provision "shell", name: "what comes next", inline: "echo #{Shellwords.escape(words)}\n"
    end
  end

  orphans.each do |name|
    config.vm.define name, autostart: false
  end
end

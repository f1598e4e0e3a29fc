# Made by alpine-k8s 0.0.0 from its template Vagrantfile.hbs.
# You may edit it: an edited file is used as it is. `alpine-k8s render --force` makes it anew and keeps a backup.
# sha256 of the rest of this file: d5d6f523ecd12b5cb6f3eb59aa520274fb4440e73e31414a93c0fa4ad91c6130
# -*- mode: ruby -*-
# vi: set ft=ruby :
#
# The machines of the cluster demo: masters 1, minions 2, provider libvirt.
#
#   vagrant up      builds the whole cluster with shared.sh, master.sh and minion.sh from this folder
#   alpine-k8s up   does the same with less waiting, and tells when every node and workload is ready
#
# Each continues what the other began. Nothing secret is in this file: token and keys are read from this folder when
# machines are provisioned; `alpine-k8s render` makes them.

require "digest"
require "shellwords"

Vagrant.require_version ">= 2.2.6"

nodes = [
  { name: "master1", role: "master", fqdn: "master1.example.com", address: "10.250.250.2", cpus: 2, memory: 2048 },
  { name: "minion1", role: "minion", fqdn: "minion1.example.com", address: "10.250.250.10", cpus: 2, memory: 2048 },
  { name: "minion2", role: "minion", fqdn: "minion2.example.com", address: "10.250.250.11", cpus: 2, memory: 4096 },
]

# Machines that exist but are no longer in alpine-k8s.yaml. They stay known to Vagrant, so that it can destroy them.
orphans = ["minion3"]

# What every node is told, the same for all; shared.sh says what each variable means.
settings = {
  "AK8S_NODE_PREFIX" => "24",
  "AK8S_ADDRESS_OWNER" => "vagrant",
  "AK8S_ENDPOINT_NAME" => "api.demo.example.com",
  "AK8S_ENDPOINT_ADDRESS" => "10.250.250.2",
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

token = there.("cluster-token") ? read.("cluster-token").strip[/\A[a-z0-9]{6}\.[a-z0-9]{16}\z/].to_s : ""
ca_key = there.(".alpine-k8s/pki/ca.key") ? base64.(read.(".alpine-k8s/pki/ca.key")) : ""
# What kubelets show. Without it one makes its own, until `alpine-k8s up` gives it one.
servings = nodes.to_h do |spec|
  pem = ".alpine-k8s/pki/kubelet/#{spec[:name]}.pem"
  [spec[:name], there.(pem) ? base64.(read.(pem)) : ""]
end
proxies = { "AK8S_HTTP_PROXY" => "http", "AK8S_HTTPS_PROXY" => "https" }
  .transform_values { |name| ".alpine-k8s/proxy/#{name}" }.select { |_, name| there.(name) }
  .transform_values { |name| read.(name) }
proxy_ca = there.(".alpine-k8s/proxy/ca.crt") ? base64.(read.(".alpine-k8s/proxy/ca.crt")) : ""
network_manifest = there.(".alpine-k8s/manifests/network.yaml") ? "/tmp/alpine-k8s-network.yaml" : ""
addons_manifest = there.(".alpine-k8s/manifests/addons.yaml") ? "/tmp/alpine-k8s-addons.yaml" : ""

Vagrant.configure("2") do |config|
  config.vm.box = "alpine-3.24-containerd-kubernetes-v1.36.1"
  config.vm.box_check_update = false
  config.vm.boot_timeout = 600
  config.vm.synced_folder ".", "/vagrant", disabled: true
  config.vm.provider "libvirt" do |libvirt|
    libvirt.default_prefix = "demo-0123abcd-"
  end

  # Never shown in Vagrant's output. Not `sensitive: true` below, which would also blot out harmless values such as names.
  config.vagrant.sensitive = [token, ca_key, *servings.values, *proxies.values].reject(&:empty?)

  nodes.each do |spec|
    config.vm.define spec[:name] do |node|
      node.vm.hostname = spec[:fqdn]
      node.vm.network "private_network", ip: spec[:address], netmask: "255.255.255.0",
        libvirt__network_name: "demo-0123abcd", libvirt__dhcp_enabled: false
      node.vm.provider "libvirt" do |libvirt|
        libvirt.cpus = spec[:cpus]
        libvirt.memory = spec[:memory]
      end

      script = "#{spec[:role]}.sh"
      kubeadm = ".alpine-k8s/kubeadm/#{spec[:name]}.yaml"
      needed = ["shared.sh", script, "cluster-token", kubeadm, ".alpine-k8s/pki/ca.crt"]
      needed << ".alpine-k8s/pki/ca.key" if spec[:role] == "master"
      missing = needed.reject { |name| there.(name) }
      missing << "a valid token in cluster-token" if token.empty? && there.("cluster-token")

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
      joining = variables.merge("AK8S_KUBEADM_CONFIG_B64" => base64.(read.(kubeadm)), "AK8S_TOKEN" => token,
        "AK8S_SERVING_PEM_B64" => servings[spec[:name]])

      node.vm.provision "shell", name: "shared.sh", path: "shared.sh", env: quoted.(variables)
      if spec[:role] == "master"
        unless network_manifest.empty?
          node.vm.provision "file", source: path.(".alpine-k8s/manifests/network.yaml"), destination: network_manifest
        end
        unless addons_manifest.empty?
          node.vm.provision "file", source: path.(".alpine-k8s/manifests/addons.yaml"), destination: addons_manifest
        end
        node.vm.provision "shell", name: script, path: script, env: quoted.(joining.merge(
          "AK8S_CA_CRT_B64" => base64.(certificate),
          "AK8S_CA_KEY_B64" => ca_key,
          "AK8S_NETWORK_MANIFEST" => network_manifest,
          "AK8S_ADDONS_MANIFEST" => addons_manifest,
          "AK8S_API_WAIT" => 300,
          # A minion may be added later with plain `vagrant up`, when the token has expired in the cluster.
          "AK8S_ENSURE_TOKEN" => 1
        ))
      else
        # The master may boot and initialise at the same time.
        node.vm.provision "shell", name: script, path: script, env: quoted.(joining.merge("AK8S_API_WAIT" => 900))
      end
    end
  end

  orphans.each do |name|
    config.vm.define name, autostart: false
  end
end

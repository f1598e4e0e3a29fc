# Made by alpine-k8s 0.0.0 from its template Vagrantfile.hbs.
# You may edit it: an edited file is used as it is. `alpine-k8s render --force` makes it anew and keeps a backup.
# sha256 of the rest of this file: 268c9a952ca5f15628032ef7b6cfd7a65047662f50343666ed7fbdbf7819ab6a
# -*- mode: ruby -*-
# vi: set ft=ruby :
#
# The machines of the cluster demo: masters 1, minions 2, provider docker.
#
#   vagrant up      builds the whole cluster with shared.sh, master.sh and minion.sh from this folder
#   alpine-k8s up   does the same with less waiting, and tells when every node and workload is ready
#
# Each continues what the other began. Nothing secret is in this file: token and keys are read from this folder when
# machines are provisioned; `alpine-k8s render` makes them.

require "digest"
require "json"
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

# Docker's own resolver answers inside a container only: pods get the name servers of this computer.
nameservers = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"].map do |file|
  lines = File.readable?(file) ? File.readlines(file) : []
  lines.map { |line| line[/\A\s*nameserver\s+(\d+(?:\.\d+){3})\s*\z/, 1] }.compact.reject { |address| address.start_with?("127.") }
end.find(&:any?).to_a.uniq.first(3)

# What the kubelet and the runtime need, by name instead of `privileged`: not among it are the kernel's modules and the clock,
# which are the computer's. Read-only paths and private mounts are opened up by the node itself.
container = [
  "--network", "demo-0123abcd",
  *%w[AUDIT_CONTROL DAC_READ_SEARCH IPC_LOCK IPC_OWNER LEASE LINUX_IMMUTABLE NET_ADMIN NET_BROADCAST SYSLOG SYS_ADMIN SYS_BOOT
      SYS_NICE SYS_PACCT SYS_PTRACE SYS_TTY_CONFIG].flat_map { |name| ["--cap-add", name] },
  *%w[seccomp=unconfined apparmor=unconfined systempaths=unconfined].flat_map { |option| ["--security-opt", option] },
  "--cgroupns", "private", "--device-cgroup-rule", "a *:* rwm", "--device", "/dev/kmsg", "--device", "/dev/fuse",
  # The runtime's layers cannot lie on the container's own; what is in /var goes with the container.
  "--tmpfs", "/run:exec,mode=755", "--volume", "/var",
  # A machine that reboots comes back, and so it does with Docker; one that was halted stays so.
  "--restart", "unless-stopped", "--label", "alpine-k8s.folder=#{__dir__}"
]

run_docker = ->(*words) { Vagrant::Util::Subprocess.execute("docker", *words) }
refuse = ->(words) { raise Class.new(Vagrant::Errors::VagrantError) { error_message(words) } }

# The cluster's own network: nodes keep their addresses, whatever else Docker starts and however often it is restarted.
# Containers without a fixed address would get one at the network's end.
network_now = lambda do
  found = run_docker.("network", "inspect", "demo-0123abcd")
  found.exit_code == 0 ? JSON.parse(found.stdout).first : nil
end
one_at_a_time = Mutex.new
make_network = lambda do |_env, machine|
  one_at_a_time.synchronize do
    unless network_now.()
      made = run_docker.("network", "create", "--subnet", "10.250.250.0/24", "--gateway", "10.250.250.1", "--ip-range", "10.250.250.252/30",
        "--opt", "com.docker.network.bridge.name=ak8s-0123abcd", "demo-0123abcd")
    end
    now = network_now.()
    refuse.("Docker does not make the network demo-0123abcd (10.250.250.0/24): #{made.stderr.strip}") unless now
    subnet = now.dig("IPAM", "Config", 0, "Subnet")
    refuse.("The Docker network demo-0123abcd has #{subnet}, and the cluster 10.250.250.0/24. " \
      "When no container of the cluster is there any more, type: docker network rm demo-0123abcd") if subnet != "10.250.250.0/24"
    # `docker network prune` takes the network of halted containers away, and they know it by its id: they get the new one.
    seen = machine.id ? run_docker.("inspect", machine.id) : nil
    next unless seen && seen.exit_code == 0
    joined = JSON.parse(seen.stdout).first.dig("NetworkSettings", "Networks", "demo-0123abcd") || {}
    next if joined["NetworkID"].to_s.empty? || joined["NetworkID"] == now["Id"]
    run_docker.("network", "disconnect", "--force", "demo-0123abcd", machine.id)
    run_docker.("network", "connect", "--ip", joined.dig("IPAMConfig", "IPv4Address").to_s, "demo-0123abcd", machine.id)
  end
end

remove_network = lambda do |_env, _machine|
  left = run_docker.("ps", "--all", "--quiet", "--filter", "network=demo-0123abcd")
  run_docker.("network", "rm", "demo-0123abcd") if left.exit_code == 0 && left.stdout.strip.empty?
end

Vagrant.configure("2") do |config|
  config.vm.provider "docker" do |docker|
    docker.image = "registry.example.com/alpine-node:kubernetes-v1.36.1"
    docker.cmd = ["/sbin/init"]
    docker.has_ssh = true
    docker.remains_running = true
    docker.stop_timeout = 60
  end
  # What a box says of itself; an image cannot.
  config.vm.guest = :alpine
  config.ssh.shell = "/bin/sh -l"
  config.trigger.before [:up, :reload] do |trigger|
    trigger.name = "network of the cluster"
    trigger.ruby(&make_network)
  end
  config.trigger.after :destroy do |trigger|
    trigger.name = "network of the cluster, once it is empty"
    trigger.ruby(&remove_network)
  end
  config.vm.boot_timeout = 600
  config.vm.synced_folder ".", "/vagrant", disabled: true

  # Never shown in Vagrant's output. Not `sensitive: true` below, which would also blot out harmless values such as names.
  config.vagrant.sensitive = [token, ca_key, *servings.values, *proxies.values].reject(&:empty?)

  nodes.each do |spec|
    config.vm.define spec[:name] do |node|
      # Docker itself sets it at every start.
      node.vm.hostname = spec[:name]
      # For computers that do not reach containers at their addresses. Vagrant looks for free ports, then starts several
      # containers at once: no two nodes may try the same ones.
      index = nodes.index(spec)
      node.vm.usable_port_range = (23000 + 20 * index)..(23019 + 20 * index)
      published = spec[:role] == "master" ? { "ssh" => [22, 2222], "api" => [6443, 6443] } : { "ssh" => [22, 2222] }
      published.each do |id, (inside, outside)|
        node.vm.network "forwarded_port", id: id, guest: inside, host: outside + index, host_ip: "127.0.0.1", auto_correct: true
      end
      node.vm.provider "docker" do |docker|
        docker.name = "demo-0123abcd-" + spec[:name]
        docker.create_args = container + ["--ip", spec[:address], "--cpus", spec[:cpus].to_s,
          "--memory", "#{spec[:memory]}m", "--memory-swap", "#{spec[:memory]}m"]
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
        "AK8S_CLOCK_SLACK" => 600,
        "AK8S_NAMESERVERS" => nameservers.empty? ? "none" : nameservers.join(",")
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

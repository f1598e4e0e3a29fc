import { describe, expect, it } from "vitest";
import type { VagrantProviderName } from "../../src/model/spec/cluster-spec.js";
import { failuresByMachine, reasonOf, vagrantFailure } from "../../src/vagrant/failures.js";
import { exitErrorOf, parseMachineLine, spokenLines } from "../../src/vagrant/machine-readable.js";
import { machineStateFrom } from "../../src/vagrant/machine-state.js";
import { parseSshConfig } from "../../src/vagrant/ssh-config.js";
import { recorded } from "./fake-vagrant.js";

const eventsOf = (name: string) => recorded(name).flatMap((line) => parseMachineLine(line) ?? []);

describe("a machine-readable line", () => {
  it.each([
    ["1,master1,state,running", { target: "master1", type: "state", data: ["running"] }],
    ["1,,ui,info,a%!(VAGRANT_COMMA) b\\nc\\r\\nd", { target: "", type: "ui", data: ["info", "a, b\nc\nd"] }],
    ["1,m%!(VAGRANT_COMMA)1,action,up,end", { target: "m,1", type: "action", data: ["up", "end"] }],
    ["1,,box-info,", { target: "", type: "box-info", data: [""] }],
    ["1,m,metadata", { target: "m", type: "metadata", data: [] }],
  ])("%s", (line, event) => {
    expect(parseMachineLine(line)).toEqual(event);
  });

  it.each(["", "Host master1", "  Port 22", "12", "12,x", "x,y,z", "/tmp/Vagrantfile:1: syntax error, unexpected"])(
    "is not %j",
    (line) => {
      expect(parseMachineLine(line)).toBeUndefined();
    },
  );

  it("gives what people should read, without the prefix", () => {
    const event = parseMachineLine("1,m1,ui,info,==> m1: Waiting...\\n    m1: still\\n -- Name: x\\n    m2: other");
    expect(event && spokenLines(event)).toEqual([
      { name: "m1", text: "Waiting..." },
      { name: "m1", text: "still" },
      { name: "m1", text: " -- Name: x" },
      { name: "m1", text: "    m2: other" },
    ]);
    const whole = parseMachineLine("1,,ui,info,Bringing machine 'm1' up");
    expect(whole && spokenLines(whole)).toEqual([{ name: undefined, text: "Bringing machine 'm1' up" }]);
    expect(spokenLines({ target: "", type: "action", data: ["up", "end"] })).toEqual([]);
  });

  it("ends with the error that made Vagrant give up", () => {
    expect(exitErrorOf(eventsOf("not-ready-for-ssh"))?.name).toBe("Vagrant::Errors::SSHNotReady");
    expect(exitErrorOf(eventsOf("status"))).toBeUndefined();
  });
});

describe("ssh-config", () => {
  it("is read with quoted paths, several keys and ports", () => {
    expect(Object.fromEntries(parseSshConfig(recorded("ssh-config").join("\r\n")))).toEqual({
      master1: {
        address: "192.168.121.21",
        port: 22,
        user: "vagrant",
        privateKeyFiles: ["/home/u/my clusters/.vagrant/machines/master1/libvirt/private_key"],
      },
      minion1: {
        address: "127.0.0.1",
        port: 2200,
        user: "alpine",
        privateKeyFiles: [
          "C:/Users/u/.vagrant.d/insecure_private_keys/vagrant.key.ed25519",
          "C:/Users/u/.vagrant.d/insecure_private_keys/vagrant.key.rsa",
        ],
      },
    });
  });

  it.each(["", "words of something else\n", "Host x\n  User y\n"])("without an address gives nothing: %j", (text) => {
    expect(parseSshConfig(text).size).toBe(0);
  });
});

describe("a machine's state", () => {
  const cases: [VagrantProviderName, string, string][] = [
    ["libvirt", "not_created", "absent"],
    ["libvirt", "running", "running"],
    ["libvirt", "shutoff", "halted"],
    ["libvirt", "paused", "suspended"],
    ["libvirt", "preparing", "half-created"],
    ["libvirt", "inaccessible", "unreachable"],
    ["libvirt", "poweroff", "unknown"],
    ["virtualbox", "poweroff", "halted"],
    ["virtualbox", "aborted", "halted"],
    ["virtualbox", "saved", "suspended"],
    ["virtualbox", "gurumeditation", "unreachable"],
    ["virtualbox", "starting", "unknown"],
    ["vmware_desktop", "not_running", "halted"],
    ["vmware_desktop", "suspended", "suspended"],
    ["parallels", "stopped", "halted"],
    ["parallels", "not_created", "absent"],
    ["docker", "stopped", "halted"],
    ["docker", "preparing", "half-created"],
    ["docker", "host_state_unknown", "unreachable"],
    ["hyperv", "running", "running"],
  ];
  it.each(cases)("%s %s is %s", (provider, word, state) => {
    expect(machineStateFrom(provider, word)).toBe(state);
  });
});

describe("a failure", () => {
  it("of several machines is split", () => {
    const parts = failuresByMachine(reasonOf(eventsOf("up-no-libvirtd"), ""));
    expect([...parts.keys()]).toEqual(["master1", "minion1"]);
    expect(parts.get("minion1")).toMatch(
      /^Error while connecting to Libvirt: .*\nCall to virConnectOpen failed: .*directory$/,
    );
    expect(failuresByMachine("Something else")).toEqual(new Map());
    const bug =
      "An unexpected error occurred when executing the action on the\n'm1' machine. Please report this as a bug:\n\nnil";
    expect(failuresByMachine(bug)).toEqual(new Map([["m1", "nil"]]));
  });

  it.each([
    [
      "locked",
      "An action 'up' was attempted on the machine 'm1',\nbut another process is already executing an action on the machine.",
      "another vagrant process works on the machine",
    ],
    ["locked", "Vagrant can't use the requested machine because it is locked!", "another vagrant process"],
    [
      "conflict",
      "Name `demo-0123abcd-master1` of domain about to create is already taken. Please try to run\n`vagrant up` command again.",
      "the hypervisor has a machine of this name that this folder did not make",
    ],
    ["conflict", "A VirtualBox machine with the name 'x' already exists.", "the hypervisor has a machine of this name"],
    ["prerequisite", "Error while connecting to Libvirt: no such socket", "libvirt does not answer"],
    [
      "prerequisite",
      "The provider 'virtualbox' that was requested to back the machine\n'm1' is reporting that it isn't usable on this\nsystem.",
      "the Vagrant provider cannot be used on this computer",
    ],
    [
      "prerequisite",
      "The box 'x' could not be found or\ncould not be accessed in the remote catalog.",
      "the box is not available",
    ],
    ["usage", "There is a syntax error in the following Vagrantfile.", "Vagrant does not accept the Vagrantfile"],
    ["timeout", "Timed out while waiting for the machine to boot.", "the machine did not become reachable by ssh"],
    [
      "node",
      "Call to virDomainCreateWithFlags failed: no memory",
      "Call to virDomainCreateWithFlags failed: no memory",
    ],
    [
      "conflict",
      "Network v30 exists but does not have dhcp disabled.\nPlease fix your configuration and run vagrant again.",
      "another network on this computer has the same addresses",
    ],
    ["node", "", "Vagrant gave no reason"],
  ])("is of kind %s: %s", (kind, text, words) => {
    const failure = vagrantFailure("m1: vagrant up failed", text, "m1");
    expect(failure).toMatchObject({ kind, node: "m1" });
    expect(failure.message).toContain(`m1: vagrant up failed: ${words}`);
    expect(failure.hints.length).toBeGreaterThan(0);
    expect(failure.message).toContain(text.split("\n").at(-1) ?? "");
  });

  it("of a Ruby program shows its sentence, not its backtrace", () => {
    const parts = failuresByMachine(reasonOf(eventsOf("up-network-gone"), ""));
    expect(parts.get("minion1")).toContain("warden.rb:48");
    const failure = vagrantFailure("minion1: vagrant up failed", parts.get("minion1") ?? "", "minion1");
    expect(failure.message).toBe(
      [
        "minion1: vagrant up failed: another network on this computer has the same addresses",
        "Call to virDomainCreateWithFlags failed: Network not found: no network with matching name 'demo-0123abcd'",
      ].join("\n"),
    );
    expect(failure).toMatchObject({ kind: "conflict", node: "minion1" });
    expect(failure.hints.join("\n")).toMatch(/spec\.vagrant\.network[^]*net-list --all[^]*net-destroy NAME/);
  });

  it.each([
    [
      "/usr/lib/ruby/x.rb:7:in `create': Call to virDomainCreateWithFlags failed: no memory (Libvirt::Error)\n\tfrom /usr/lib/ruby/x.rb:7:in `block in call'",
      "Call to virDomainCreateWithFlags failed: no memory (Libvirt::Error)",
    ],
    [
      "<internal:/usr/lib/ruby/require.rb>:85:in `require': cannot load such file -- x (LoadError)\n\tfrom <internal:/usr/lib/ruby/require.rb>:85:in `require'",
      "cannot load such file -- x (LoadError)",
    ],
    ["/tmp/Vagrantfile:1: syntax error, unexpected end", "/tmp/Vagrantfile:1: syntax error, unexpected end"],
  ])("on stderr shows its sentence: %s", (stderr, sentence) => {
    expect(vagrantFailure("x", reasonOf([], stderr)).message).toBe(`x: ${sentence}`);
  });

  it("keeps the last lines only", () => {
    const text = Array.from({ length: 40 }, (_, index) => `line ${index}`).join("\n");
    const { message } = vagrantFailure("x", text);
    expect(message.split("\n")).toHaveLength(12);
    expect(message).toMatch(/^x: line 28\n[^]*line 39$/);
  });
});

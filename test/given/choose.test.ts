import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { HostEntry } from "../../src/model/spec/cluster-spec.js";
import { castOf, whyNot } from "../stories/support/given/choose.js";
import { ROOT } from "../stories/support/programs.js";
import { STORIES, STORY_NAMES, type Wanted } from "../stories/support/stories.js";

function host(name: string, role: HostEntry["role"]): HostEntry {
  const login = { address: "203.0.113.7", privateAddress: "203.0.113.7", port: 22, user: "root" };
  return { name, role, ...login, become: "auto", hostKey: "", labels: {}, taints: [] };
}

const HOSTS = [host("a", "minion"), host("b", "master"), host("c", "master"), host("d", "minion")];
const ALL = { reset: "r", cut: "c", reboot: "b" };

describe("the machines of a story", () => {
  it("are masters by the spec's masters, and all others by what is left", () => {
    const cast = castOf({ masters: 1, minions: 1, spares: 2, commands: [] }, HOSTS);
    expect(cast.map(({ name, role, host }) => [name, role, host.name])).toEqual([
      ["master1", "master", "b"],
      ["minion1", "minion", "a"],
      ["spare1", "minion", "d"],
      ["spare2", "minion", "c"],
    ]);
  });

  it("that are too few, or a command that is not given, is why it is not run", () => {
    const why = (wanted: Wanted, commands = {}) => whyNot(wanted, HOSTS, commands);
    expect(why({ masters: 2, minions: 2, commands: [] })).toBeUndefined();
    expect(why({ masters: 3, minions: 1, commands: [] })).toBe("it needs 3 masters, the spec has 2");
    expect(why({ masters: 1, minions: 2, spares: 2, commands: [] })).toBe("it needs 5 machines, the spec has 4");
    expect(why({ masters: 1, minions: 1, commands: ["cut", "reboot"] })).toBe("it needs --cut and --reboot");
    expect(why({ masters: 1, minions: 1, commands: ["cut", "reboot"] }, { cut: "off" })).toBe("it needs --reboot");
    expect(why({ masters: 1, minions: 1, commands: ["cut", "reboot", "reset"] }, ALL)).toBeUndefined();
  });

  it.each(STORY_NAMES)("%s asks for the commands that its file uses, and no others", (name) => {
    const text = readFileSync(join(ROOT, `test/stories/${name}.test.ts`), "utf8");
    const used = [
      ...(/machines\.reset\(/.test(text) ? ["reset"] : []),
      ...(/machines\.unplug\(/.test(text) ? ["cut"] : []),
      ...(/machines\.(plug|reboot)\(/.test(text) ? ["reboot"] : []),
    ];
    expect([...STORIES[name].commands].sort()).toEqual(used.sort());
    expect(text).toContain(`storyMachines("${name}")`);
  });
});

import { describe, expect, it } from "vitest";
import { kubeconfigFiles } from "../../src/kubeconfig/merge-paths.js";

describe("kubeconfigFiles", () => {
  const at = { home: "/home/a b", cwd: "/work dir", platform: "linux" };
  const windows = { home: "C:\\Users\\A B", cwd: "D:\\my work", platform: "win32" };
  it.each([
    [{ ...at, env: {} }, ["/home/a b/.kube/config"]],
    [{ ...at, env: { KUBECONFIG: "" } }, ["/home/a b/.kube/config"]],
    [{ ...at, env: { KUBECONFIG: "/etc/one:two/2::/etc/one" } }, ["/etc/one", "/work dir/two/2"]],
    [{ ...at, env: { KUBECONFIG: ":/only" } }, ["/only"]],
    [{ ...at, platform: "darwin", env: { KUBECONFIG: "a:b" } }, ["/work dir/a", "/work dir/b"]],
    [{ ...windows, env: {} }, ["C:\\Users\\A B\\.kube\\config"]],
    [{ ...windows, env: { KUBECONFIG: "C:\\k\\one;two" } }, ["C:\\k\\one", "D:\\my work\\two"]],
  ])("%j", (place, files) => expect(kubeconfigFiles(place)).toEqual(files));
});

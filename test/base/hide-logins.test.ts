import { expect, it } from "vitest";
import { addressWithoutLogin } from "../../src/base/hide-logins.js";

it.each([
  ["http://ann:pa/ss@proxy.example.com:3128", "http://***@proxy.example.com:3128"],
  ["http://ann:pa?ss@proxy.example.com:3128", "http://***@proxy.example.com:3128"],
  ["HTTPS://ann:p@#s@proxy.example.com", "HTTPS://***@proxy.example.com"],
  ["ann:pa/ss@proxy.example.com:3128", "***@proxy.example.com:3128"],
  ["http://proxy.example.com:3128", "http://proxy.example.com:3128"],
  ["https://example.com/x@y?sig=abc", "https://example.com/x@y?sig=***"],
  ["registry.example.com:5000/Node@sha256:ab", "registry.example.com:5000/Node@sha256:ab"],
  ["ann:pa/ss@registry.example.com/node@sha256:ab", "***@registry.example.com/node@sha256:ab"],
])("%s is shown as %s", (address, shown) => {
  expect(addressWithoutLogin(address)).toBe(shown);
});

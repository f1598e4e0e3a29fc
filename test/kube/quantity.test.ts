import { describe, expect, it } from "vitest";
import { parseQuantity } from "../../src/kube/metrics/quantity.js";

describe("a quantity of Kubernetes", () => {
  it.each([
    ["0", 0],
    ["2", 2],
    ["+2", 2],
    ["-2", -2],
    ["0.5", 0.5],
    [".5", 0.5],
    ["5.", 5],
    ["123456789n", 0.123456789],
    ["250000u", 0.25],
    ["250m", 0.25],
    ["57m", 0.057],
    ["2k", 2_000],
    ["2M", 2_000_000],
    ["2G", 2e9],
    ["2T", 2e12],
    ["2P", 2e15],
    ["2E", 2e18],
    ["1Ki", 1_024],
    ["1.5Mi", 1_572_864],
    ["1Gi", 1_073_741_824],
    ["1Ti", 2 ** 40],
    ["1Pi", 2 ** 50],
    ["1Ei", 2 ** 60],
    ["1e3", 1_000],
    ["1E3", 1_000],
    ["1.5e+3", 1_500],
    ["2500e-3", 2.5],
  ])("%s is %d", (text, number) => expect(parseQuantity(text)).toBe(number));

  it("that is a number already is itself", () => expect(parseQuantity(1.5)).toBe(1.5));

  it.each([
    ...[
      "",
      " ",
      "1 ",
      "m",
      "Ki",
      "1K",
      "1ki",
      "1kI",
      "1mi",
      "1ni",
      "1Kib",
      "1e",
      "1e3Ki",
      "1e3m",
      "1.2.3",
      "--1",
      "0x10",
    ],
    ...["NaN", "Infinity", "1e999", "9".repeat(101), null, undefined, true, {}, [1], NaN, Infinity],
  ])("is not %j", (value) => expect(parseQuantity(value)).toBeUndefined());
});

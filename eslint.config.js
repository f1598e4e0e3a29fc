import tseslint from "typescript-eslint";

const owners = {
  "@oclif/core": ["src/commands/**", "src/cli/**"],
  execa: ["src/base/process.ts", "src/base/process-interactive.ts"],
  ssh2: ["src/remote/**"],
  handlebars: ["src/templates/**"],
  yaml: ["src/model/spec/**", "src/model/topology/**", "src/model/kubeadm/**", "src/kubeconfig/**", "src/addons/**"],
  "@peculiar/x509": ["src/pki/**"],
  "tar-stream": ["src/boxes/**", "src/addons/catalogue/unpack.ts"],
  ws: ["src/kube/forward/**"],
};
const restricted = (names) => [
  "error",
  { paths: names.map((name) => ({ name, message: `owned by ${owners[name].join(", ")}` })) },
];
const everyLibrary = Object.keys(owners);

export default tseslint.config(
  { ignores: ["dist/**", "node_modules/**", "coverage/**", "practice/.state/**"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "no-restricted-syntax": ["error", { selector: "TSEnumDeclaration", message: "use a union of strings" }],
      complexity: ["error", 12],
      eqeqeq: "error",
    },
  },
  {
    files: ["src/**/*.ts"],
    rules: {
      "max-lines": ["error", 300],
      "max-lines-per-function": ["error", 60],
      "no-restricted-imports": restricted(everyLibrary),
    },
  },
  ...everyLibrary.map((library) => ({
    files: owners[library],
    rules: { "no-restricted-imports": restricted(everyLibrary.filter((other) => !sharesOwner(other, library))) },
  })),
);

function sharesOwner(other, library) {
  return other === library || owners[other].some((folder) => owners[library].includes(folder));
}

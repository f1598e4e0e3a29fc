// `npm run stories -- WORDS`: vitest accepts no arguments of ours, so its configuration gets them in a variable.
import { spawnSync } from "node:child_process";

const env = { ...process.env, ALPINE_K8S_STORIES_WORDS: JSON.stringify(process.argv.slice(2)) };
const vitest = ["vitest", "run", "--config", "vitest.given.config.ts"];
const { status } = spawnSync("npx", vitest, { stdio: "inherit", env });
process.exit(status ?? 1);

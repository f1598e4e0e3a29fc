import { answer } from "../dist/cli/start-up/answer.js";

if (!answer(process.argv.slice(2))) {
  const { execute } = await import("@oclif/core");
  await execute({ dir: import.meta.url });
}

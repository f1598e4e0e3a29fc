import { userInfo } from "node:os";
import { answer } from "../dist/cli/start-up/answer.js";
import { loadOptions } from "../dist/cli/start-up/one-command.js";

const words = process.argv.slice(2);
if (!answer(words)) {
  // Where SHELL is not set, oclif looks for the user's shell in the list of users, and fails for one who is not in it,
  // as in containers.
  if (process.env.SHELL === undefined && !isListed()) process.env.SHELL = "/bin/sh";
  const { execute, settings } = await import("@oclif/core");
  // With NODE_ENV=development or test, oclif would look for TypeScript, and load its compiler.
  settings.enableAutoTranspile = false;
  await execute({ loadOptions: loadOptions(words) });
}

function isListed() {
  try {
    return userInfo() !== undefined;
  } catch {
    return false;
  }
}

import { AlpineK8sError } from "../../src/base/errors.js";

/** The AlpineK8sError that an action throws; fails when the action does anything else. */
export async function failureOf(action: () => unknown): Promise<AlpineK8sError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof AlpineK8sError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

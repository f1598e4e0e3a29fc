import { afterEach, beforeEach, vi } from "vitest";

/** Each test of the file runs at noon of a day on which the default Kubernetes gets fixes for months to come. */
export function onFixedDay(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-11-20T12:00:00Z") });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}

import { onTestFinished } from "vitest";

/** What is opened until the end of the test takes this for Bun, and so goes by `fetch`. */
export function pretendBun(): void {
  const versions = Object.getOwnPropertyDescriptor(process, "versions")!;
  onTestFinished(() => void Object.defineProperty(process, "versions", versions));
  Object.defineProperty(process, "versions", { ...versions, value: { ...process.versions, bun: "1.0.0" } });
}

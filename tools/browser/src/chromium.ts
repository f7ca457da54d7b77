import { existsSync } from "node:fs";

const CANDIDATES = [
  process.env["CHROMIUM"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Path of a Chromium on this machine; `undefined` if there is none. The environment's `CHROMIUM` comes first. */
export function findChromium(): string | undefined {
  const found = CANDIDATES.find((path) => path !== undefined && existsSync(path));
  // A machine that must skip nothing must have one.
  if (found === undefined && process.env["SEAMLESS_TESTS"] === "all") {
    throw new Error("no Chromium was found: install one, or name it in the environment variable CHROMIUM");
  }
  return found;
}

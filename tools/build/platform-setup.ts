import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach } from "vitest";
import { unmetNeed } from "./platforms.ts";
import { unavailable } from "./unavailable.ts";

/* Runs before the tests of a file, anywhere but on Linux, which can run all of them. */

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

beforeEach(({ task, skip }) => {
  const names = [task.name];
  for (let { suite } = task; suite !== undefined; suite = suite.suite) if (suite.name !== "") names.unshift(suite.name);
  const file = relative(ROOT, task.file.filepath).replaceAll(sep, "/");
  const reason = unmetNeed(process.platform, file, names.join(" > "));
  if (reason !== undefined) unavailable(skip, `${file}: ${reason}`);
});

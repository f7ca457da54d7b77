import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // By default one less than there are cores: many tests wait for processes and sockets most of the time.
    maxWorkers: Math.max(2, availableParallelism()),
    projects: ["packages/*/vitest.config.ts", "tools/*/vitest.config.ts"],
    coverage: { provider: "v8", include: ["packages/*/src/**"] },
  },
});

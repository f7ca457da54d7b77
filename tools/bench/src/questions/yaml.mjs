import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseYaml } from "@seamless/celltypes/yaml";
import { load } from "js-yaml";
import { compare, median } from "../measure.mjs";
import { inFolder } from "../workplace.mjs";

export const question = "How fast is YAML read? Ordinary configuration, as of services and workflows, without anchors.";

/** Why nothing better than the targets can be expected. */
export const why = {
  "*": "a reader that keeps what js-yaml gives up (positions, exact numbers) may take twice as long; PyYAML's reader is in C",
};

/** Prints the times of some calls of PyYAML's loader in C, after one to warm up, in ms. */
const LOAD = `
import json, sys, time, yaml
text = open(sys.argv[1], encoding="utf8").read()
times = []
for _ in range(4):
    start = time.perf_counter()
    yaml.load(text, Loader=yaml.CSafeLoader)
    times.append((time.perf_counter() - start) * 1000)
print(json.dumps(times[1:]))
`;

/** @param {number} services - Of about 450 characters each. */
export const configuration = (services) =>
  Array.from(
    { length: services },
    (_, i) => `service-${i}:
  image: registry.example.org/team/service:${i % 7}.${i % 13}.${i % 3}
  replicas: ${1 + (i % 5)}
  enabled: ${i % 2 === 0}
  # Written by hand.
  command: ["serve", "--port", "${8000 + i}", --verbose]
  env:
    - name: LOG_LEVEL
      value: info
    - name: TIMEOUT
      value: ${(i % 50) / 4}
  description: >
    Does one thing, and does it well;
    the rest is left to others.
  resources: {cpu: 0.5, memory: "512Mi", disk: ~}
  script: |
    set -e
    run --service "$NAME" --retries ${i % 9}
`,
  ).join("");

export async function answer() {
  const text = configuration(2000);
  const size = (/** @type {string} */ one) => `${(one.length / 1e6).toFixed(2)} MB`;
  const rows = await compare(
    { name: "js-yaml", run: () => load(text) },
    [{ name: `parseYaml, ${size(text)}`, run: () => parseYaml(text), atMost: 2 }],
    { rounds: 15, warmup: 4 },
  );
  return [...rows, ...(await inFolder(async (folder) => againstPython(join(folder, "c.yaml"), text, size(text))))];
}

/**
 * None without PyYAML and its loader in C.
 *
 * @param {string} file
 * @param {string} text
 * @param {string} size
 */
function againstPython(file, text, size) {
  writeFileSync(file, text);
  const rounds = [];
  for (let round = 0; round < 5; round++) {
    const { status, stdout } = spawnSync("python3", ["-c", LOAD, file], { encoding: "utf8" });
    if (status !== 0) return [];
    const times = [];
    for (let i = 0; i < 3; i++) {
      const start = performance.now();
      parseYaml(text);
      times.push(performance.now() - start);
    }
    rounds.push({ ours: median(times), theirs: median(JSON.parse(stdout)) });
  }
  return [
    {
      subject: `parseYaml, ${size}`,
      peer: "CSafeLoader of PyYAML",
      ours: median(rounds.map(({ ours }) => ours)),
      theirs: median(rounds.map(({ theirs }) => theirs)),
      unit: "ms",
      ratio: median(rounds.map(({ ours, theirs }) => ours / theirs)),
      atMost: 1.5,
    },
  ];
}

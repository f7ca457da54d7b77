// Child processes that measure: what hangs, or brings its process down, is one answer and no end of the others.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/**
 * What a child is to measure.
 *
 * @typedef {object} Task
 * @property {string} shape
 * @property {string} reader
 * @property {number} warmUp - Size of an input that is read first and not measured: until then, code is compiled.
 * @property {readonly number[]} sizes - In bytes, one after the other.
 */

/**
 * What came of a task: of each size, or what ended the process.
 *
 * @typedef {{ measured: import("./measure.mjs").Measured[] } | { ended: string }} Answer
 */

const CHILD = fileURLToPath(new URL("child.mjs", import.meta.url));

// Little room for young objects, so that their garbage does not hide what a reader holds; and an end to all memory.
const NODE_OPTIONS = ["--expose-gc", "--max-semi-space-size=1", "--max-old-space-size=2048"];

/**
 * Do all tasks, some at a time.
 *
 * @param {readonly Task[]} tasks
 * @param {object} options
 * @param {number} options.processes
 * @param {number} options.deadline - For one task, in milliseconds. A guard against hangs, not a measure.
 * @returns {Promise<Answer[]>} in the order of the tasks.
 */
export async function doAll(tasks, { processes, deadline }) {
  /** @type {Answer[]} */
  const answers = new Array(tasks.length);
  const queue = tasks.entries();
  const work = async () => {
    /** @type {import("node:child_process").ChildProcess | undefined} */
    let child;
    for (const [i, task] of queue) {
      child ??= await start();
      answers[i] = await ask(child, task, deadline);
      if (!child.connected) child = undefined;
    }
    child?.disconnect();
  };
  await Promise.all(Array.from({ length: processes }, work));
  return answers;
}

async function start() {
  const child = fork(CHILD, { execArgv: NODE_OPTIONS, stdio: ["ignore", "ignore", "inherit", "ipc"] });
  await once(child, "message");
  return child;
}

/**
 * @param {import("node:child_process").ChildProcess} child - Ended, and no longer connected, if it has no answer.
 * @param {Task} task
 * @param {number} deadline
 * @returns {Promise<Answer>}
 */
async function ask(child, task, deadline) {
  let late = false;
  const asked = performance.now();
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, deadline);
  try {
    child.send(task);
    return await new Promise((resolve) => {
      child.once("message", (measured) => {
        // A process that was held up finds the answer of a child that it has killed, or is about to kill.
        if (late || performance.now() - asked >= deadline) return;
        resolve({ measured: /** @type {any} */ (measured) });
      });
      child.once("exit", (code, signal) => {
        resolve({ ended: late ? `no answer in ${deadline / 1000} s` : `its process ended: ${signal ?? code}` });
      });
    });
  } finally {
    clearTimeout(timer);
    child.removeAllListeners("message");
    child.removeAllListeners("exit");
  }
}

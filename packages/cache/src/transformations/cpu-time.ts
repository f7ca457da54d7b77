/** What Node has, and browsers have not. */
interface NodeProcess {
  cpuUsage?(): { user: number; system: number };
}

/**
 * A clock of CPU time, in seconds: that of the whole process in Node, so that functions that run at the same time are
 * each charged for all of them; the time that passes in browsers.
 */
export function cpuTime(): number {
  const { process } = globalThis as { process?: NodeProcess };
  const usage = process?.cpuUsage?.();
  return usage === undefined ? performance.now() / 1000 : (usage.user + usage.system) / 1e6;
}

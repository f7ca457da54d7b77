/** Above 128, what a shell shows for a process that the signal ended. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  hungUp: 129,
  interrupted: 130,
  unread: 141,
  terminated: 143,
} as const;

const SIGNALS: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: EXIT.hungUp,
  SIGINT: EXIT.interrupted,
  SIGTERM: EXIT.terminated,
};

/** In ms: how long a command may take to let go of its files and connections once it was asked to stop. */
const PATIENCE = 2000;

/**
 * What asks a command to stop: a signal, or that nobody takes its results any more. The first signal aborts; its handler
 * gone, a second one ends the process at once. So does the first one when patience runs out: a thread that waits for a
 * dead network mount cannot be aborted, and would hold even `process.exit`, but no signal that nothing handles.
 *
 * @param patience - In ms, where a command needs longer than others.
 */
export function listenForStops(patience = PATIENCE) {
  const controller = new AbortController();
  let ending: NodeJS.Signals = "SIGTERM";
  let status: number = EXIT.ok;
  const kill = () => process.kill(process.pid, ending);
  const stop = (exit: number) => {
    status = exit;
    close();
    setTimeout(kill, patience).unref();
    controller.abort();
  };
  const onSignal = (signal: NodeJS.Signals) => {
    ending = signal;
    stop(SIGNALS[signal]!);
  };
  const onOutputError = ({ code }: NodeJS.ErrnoException) => stop(code === "EPIPE" ? EXIT.unread : EXIT.failed);
  const close = () => {
    for (const signal of Object.keys(SIGNALS)) process.off(signal, onSignal);
    process.stdout.off("error", onOutputError);
  };
  for (const signal of Object.keys(SIGNALS)) process.on(signal, onSignal);
  process.stdout.on("error", onOutputError);
  return {
    signal: controller.signal,
    status: () => status,
    byUser: () => Object.values(SIGNALS).includes(status),
    /** End the process if all that is left to do is to write to somebody who does not read. */
    finish() {
      if (process.stdout.writableLength + process.stderr.writableLength > 0) kill();
    },
    close,
  };
}

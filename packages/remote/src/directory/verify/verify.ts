import type { FormReader } from "../compressed.ts";
import type { Place } from "../layout.ts";
import type { VerifyOptions, VerifyReport, VerifyStep } from "../types.ts";
import { check } from "./check.ts";
import type { Step, Verification } from "./context.ts";
import { quarantine } from "./quarantine.ts";
import { survey } from "./survey.ts";

/** In this order; each builds on what those before have found. */
const STEPS: Readonly<Record<VerifyStep["name"], Step>> = { survey, check, quarantine };

/** Run all steps over the folder of a store. */
export async function verifyStore(place: Place, forms: FormReader, options: VerifyOptions): Promise<VerifyReport> {
  const verification: Verification = {
    place,
    forms,
    options,
    totalFiles: 0,
    totalBytes: 0,
    locks: false,
    buffers: 0,
    bytes: 0,
    corrupt: [],
    unreadable: new Map(),
    locked: [],
    misplaced: [],
    leftovers: [],
    unfinished: [],
    foreign: [],
  };
  const steps: VerifyStep[] = [];
  for (const [step, run] of Object.entries(STEPS) as [VerifyStep["name"], Step][]) {
    const start = performance.now();
    const files = await run(verification);
    options.signal?.throwIfAborted();
    steps.push({ name: step, time: performance.now() - start, files });
  }
  const { buffers, bytes, corrupt, locked, misplaced, leftovers, unfinished, foreign } = verification;
  const unreadable = [...verification.unreadable.values()];
  const ok = corrupt.length === 0 && unreadable.length === 0;
  return { ok, buffers, bytes, corrupt, unreadable, locked, misplaced, leftovers, unfinished, foreign, steps };
}

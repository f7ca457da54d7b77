import { CELLTYPES, type Celltype } from "@seamless/celltypes";
import { onBeforeUnmount, type Ref, ref, type ShallowRef, shallowRef, watch } from "vue";
import type { Subject } from "../subject.ts";
import { Reader } from "./reader.ts";
import type { Failure, Outcome } from "./reader.worker.ts";

/** In bytes: more is read only when somebody asks for it. */
export const MAX_UNASKED = 2 ** 26;
/** In bytes: more has no place in the memory of a page, next to its value. */
export const MAX_READ = 2 ** 29;

/** Milliseconds that the old verdicts stay: the new ones are shown together if they are there by then. */
const AT_ONCE = 300;

/** Can a celltype read the subject? A failure says why not. */
type Verdict = { readonly isReadable: true } | { readonly isReadable: false; readonly failure: Failure };

/** What all celltypes make of a subject. */
export interface Verdicts {
  /** Of those that have been asked. */
  readonly verdicts: ShallowRef<ReadonlyMap<Celltype, Verdict>>;
  readonly isBusy: Ref<boolean>;
  /** Asks them, also where that takes long. */
  ask(): Promise<void>;
  /** Asks no more of them. */
  stop(): void;
}

/** Celltypes in the order in which they are asked: what has to load a parser comes last. */
const ORDER: readonly Celltype[] = [
  ...CELLTYPES.filter((celltype) => !["python", "ipython"].includes(celltype)),
  "python",
  "ipython",
];

/**
 * Asks each celltype in a worker, whenever there is another subject of moderate size.
 *
 * @param isSeen - Whether anybody sees what they say: until then, no parser is loaded for it.
 */
export function useVerdicts(subject: ShallowRef<Subject | undefined>, isSeen: () => boolean): Verdicts {
  const reader = new Reader();
  const verdicts = shallowRef<ReadonlyMap<Celltype, Verdict>>(new Map());
  const isBusy = ref(false);
  /** Of the subject that came last. */
  let turn = 0;

  function stop(): void {
    turn++;
    reader.giveUp();
    isBusy.value = false;
  }

  async function askOne(blob: Blob, celltype: Celltype, isLoaded: boolean): Promise<Outcome<void> | undefined> {
    const loaded = isLoaded ? undefined : await reader.call((functions) => functions.load(blob));
    if (loaded !== undefined && "failure" in loaded) return loaded;
    return reader.call((functions) => functions.check(celltype));
  }

  async function ask(): Promise<void> {
    stop();
    const mine = turn;
    const blob = subject.value?.blob;
    if (blob === undefined) return;
    isBusy.value = true;
    const began = performance.now();
    const found = new Map<Celltype, Verdict>();
    let isLoaded = false;
    for (const celltype of ORDER) {
      const outcome = await askOne(blob, celltype, isLoaded);
      if (mine !== turn) return;
      // A worker that was stopped has lost what was loaded.
      isLoaded = outcome !== undefined && !("failure" in outcome && outcome.failure.code === undefined);
      if (outcome === undefined) continue;
      const isReadable = !("failure" in outcome);
      found.set(celltype, isReadable ? { isReadable } : { isReadable, failure: outcome.failure });
      if (performance.now() - began > AT_ONCE) verdicts.value = new Map(found);
    }
    verdicts.value = found;
    isBusy.value = false;
  }

  /** What the verdicts are of. */
  let judged: Subject | undefined;
  watch(
    [subject, isSeen] as const,
    ([now, seen]) => {
      if (now === judged) return;
      stop();
      judged = seen ? now : undefined;
      if (judged !== undefined && judged.blob.size <= MAX_UNASKED) void ask();
      else verdicts.value = new Map();
    },
    { immediate: true },
  );
  onBeforeUnmount(() => {
    turn++;
    reader.close();
  });
  return { verdicts, isBusy, ask, stop };
}

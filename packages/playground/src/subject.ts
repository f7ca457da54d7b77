import type { Celltype } from "@seamless/celltypes";
import { type InjectionKey, inject, type Ref, ref, type ShallowRef, shallowRef } from "vue";

/** A value as it was typed, from which its buffer is made. */
export interface Typed {
  /** For text, code and bytes the text itself; for the other celltypes JSON. */
  readonly text: string;
  /** Whose form the buffer has. */
  readonly celltype: Celltype;
}

/** The bytes that the page is about. */
export interface Subject {
  /** Of the file, or what else they are called. */
  readonly name: string;
  /** The bytes; those of a file lie on the disk until they are read. */
  readonly blob: Blob;
  /** Set if they were written in the form of one. */
  readonly celltype?: Celltype;
  /** Do they come from a store, whose buffers not everybody may read? Then they are not written into the address. */
  readonly isStored?: boolean;
}

/** What the tabs of the page have in common. */
export interface Playground {
  /** Name of the one that is open; empty before it is known. */
  readonly tab: Ref<string>;
  /** What is in the field for values; undefined where the subject comes from elsewhere. */
  readonly typed: ShallowRef<Typed | undefined>;
  readonly subject: ShallowRef<Subject | undefined>;
  /** Of the subject, in 64 hex digits; not known while it is hashed. */
  readonly checksum: Ref<string | undefined>;
  /** As what the subject is read; undefined before it is known what can read it. */
  readonly celltype: Ref<Celltype | undefined>;
  /** May values be fetched from other hosts? */
  readonly mayFetch: boolean;
  /** By the name of a tab, what it wants to be kept in the address, in a form of its own: short, or it is left out. */
  readonly states: Ref<Readonly<Record<string, string>>>;
}

export function createPlayground({ mayFetch }: Pick<Playground, "mayFetch">): Playground {
  return {
    tab: ref(""),
    typed: shallowRef(),
    subject: shallowRef(),
    checksum: ref(),
    celltype: ref(),
    mayFetch,
    states: shallowRef({}),
  };
}

/** Sets what a tab wants to be kept in the address; undefined for nothing. */
export function keepState({ states }: Playground, tab: string, state: string | undefined): void {
  const { [tab]: _, ...others } = states.value;
  states.value = state === undefined ? others : { ...others, [tab]: state };
}

export const PLAYGROUND: InjectionKey<Playground> = Symbol("playground");

/**
 * What the tabs have in common, in a component within `Playground.vue`.
 *
 * @throws {Error} if it stands elsewhere.
 */
export function usePlayground(): Playground {
  const playground = inject(PLAYGROUND);
  if (playground === undefined) throw new Error("this component stands within Playground.vue only");
  return playground;
}

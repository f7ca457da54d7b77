import type { Celltype } from "@seamless/celltypes";
import type { AllowedPair } from "./matrix/matrix.generated.ts";

/** Celltypes that a celltype converts to; those that are forbidden do not compile. */
export type TargetOf<S extends Celltype> = S extends Celltype
  ? TargetIn<Extract<AllowedPair, `${S}->${string}`>>
  : never;

type TargetIn<Pair extends string> = Pair extends `${string}->${infer T extends Celltype}` ? T : never;

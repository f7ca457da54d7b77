import { checkPackage, createPackageFromTarballData, type Problem, type ResolutionKind } from "@arethetypeswrong/core";
import { problemAffectsResolutionKind } from "@arethetypeswrong/core/problems";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import type { Tarball } from "./tarball.ts";

/** What publint has against a tarball, errors and warnings, as sentences. */
export async function packageFaults({ bytes, manifest }: Tarball): Promise<readonly string[]> {
  const { messages } = await publint({ pack: { tarball: bytes.buffer }, level: "warning", strict: true });
  return messages.map((message) => formatMessage(message, { ...manifest }, { color: false }) ?? message.code);
}

/** The packages are ESM: of the four ways to resolve types, `node16-cjs` is not promised. */
const PROMISED: readonly ResolutionKind[] = ["node10", "node16-esm", "bundler"];

/** What attw has against the types of a tarball. */
export async function typeFaults({ bytes }: Tarball): Promise<readonly Problem[]> {
  const result = await checkPackage(createPackageFromTarballData(bytes));
  if (result.types === false) throw new Error(`${result.packageName} has no types at all`);
  return result.problems.filter((problem) =>
    PROMISED.some((resolution) => problemAffectsResolutionKind(problem, resolution, result)),
  );
}

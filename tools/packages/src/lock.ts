import { readFileSync } from "node:fs";
import { join } from "node:path";
import { workspaceRoot } from "@seamless-tools/examples";
import { load } from "js-yaml";

/** A package of others, as the lock file has it. */
export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** Of its tarball: `sha512-` and base64. */
  readonly integrity?: string;
}

/** All that `pnpm-lock.yaml` has locked, for users and for development. */
export function lockedPackages(): readonly LockedPackage[] {
  const { packages } = load(readFileSync(join(workspaceRoot, "pnpm-lock.yaml"), "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly resolution: { readonly integrity?: string } }>>;
  };
  return Object.entries(packages).map(([key, { resolution }]) => {
    // `NAME@VERSION`, where a name may begin with `@`.
    const at = key.lastIndexOf("@");
    return { name: key.slice(0, at), version: key.slice(at + 1), ...resolution };
  });
}

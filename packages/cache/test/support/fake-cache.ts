import type { BufferLike, Checksum } from "@seamless/checksum";
import type { CostClass } from "@seamless/store";
import type { CachePort, Recipe } from "../../src/resolve/resolver.ts";

/** The least that a cache does: keeps everything until it is told to drop it, and remembers what it was told. */
export class FakeCache implements CachePort {
  readonly buffers = new Map<string, BufferLike>();
  readonly stored = new Map<string, { costClass: CostClass; length: number }>();
  readonly recipes = new Map<string, Recipe>();

  get(checksum: Checksum): BufferLike | undefined {
    return this.buffers.get(checksum.hex());
  }

  register(buffer: BufferLike): void {
    this.buffers.set(buffer.getChecksum().hex(), buffer);
  }

  markStored(checksum: Checksum, costClass: CostClass, length: number): void {
    this.stored.set(checksum.hex(), { costClass, length });
  }

  recordTransformation(result: Checksum, recipe: Recipe): void {
    this.recipes.set(result.hex(), recipe);
  }

  drop(...checksums: readonly Checksum[]): void {
    for (const checksum of checksums) this.buffers.delete(checksum.hex());
  }
}

import type { Celltype } from "@seamless/celltypes";
import { SAMPLES } from "../../../packages/playground/src/value/typed.ts";
import { linkTo, type Shown, showBuffer } from "./live-buffer.ts";

/** What the box shows of a sample. */
interface Sample {
  readonly shown: Shown;
  /** Of the playground's address, with the sample in it. */
  readonly fragment: string;
}

declare const data: Readonly<Record<Celltype, Sample>>;

export { data };

export default {
  /** All samples, so that the page shows them before it has loaded what makes buffers, and without scripts. */
  async load(): Promise<typeof data> {
    const rows = Object.entries(SAMPLES) as [Celltype, string][];
    const samples = rows.map(async ([celltype, text]): Promise<[Celltype, Sample]> => {
      const [shown, fragment] = await Promise.all([showBuffer(text, celltype), linkTo(text, celltype)]);
      return [celltype, { shown, fragment }];
    });
    return Object.fromEntries(await Promise.all(samples)) as typeof data;
  },
};

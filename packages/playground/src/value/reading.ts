import { type Celltype, loadCodeSupport, NdArray, parse } from "@seamless/celltypes";
import "@seamless/python/register";
import { type ArrayTable, numbersOf, tableOf, type Window } from "./arrays.ts";
import { Nodes, type TreeNode } from "./nodes.ts";
import { type Grid, gridOf, type Line, lineOf, type Picture, pictureOf } from "./plots.ts";
import { type TextLine, TextLines } from "./text-lines.ts";

const CODE: ReadonlySet<Celltype> = new Set(["python", "ipython"]);
/** Celltypes whose value is text of many lines. */
const TEXT: ReadonlySet<Celltype> = new Set(["text", "python", "ipython", "yaml"]);

/** What a buffer is, read as one of the celltypes. */
export type Opened =
  | { readonly form: "text"; readonly lines: number; readonly characters: number }
  | { readonly form: "bytes" }
  | { readonly form: "tree"; readonly top: TreeNode };

/** Points of a line, and cells of a heat map along an axis: more than a screen has are not seen. */
const LINE_PARTS = 1_000;
const GRID_CELLS = 256;
const PICTURE_PIXELS = 1_024;

/** Reads one buffer, and holds its value while it is looked at. */
export class Reading {
  readonly #bytes: Uint8Array;
  #nodes = new Nodes(null);
  #text = new TextLines("");

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** @throws {SeamlessError} why it cannot be read so. */
  async check(celltype: Celltype): Promise<void> {
    await this.#parse(celltype);
  }

  /** @throws {SeamlessError} why it cannot be read so. */
  async open(celltype: Celltype): Promise<Opened> {
    const value = await this.#parse(celltype);
    if (TEXT.has(celltype)) {
      this.#text = new TextLines(value as string);
      return { form: "text", lines: this.#text.count, characters: this.#text.text.length };
    }
    // Its value are the bytes, which are shown anyway.
    if (celltype === "bytes") return { form: "bytes" };
    this.#nodes = new Nodes(value);
    return { form: "tree", top: this.#nodes.top() };
  }

  children(id: number, start: number, count: number): readonly TreeNode[] {
    return this.#nodes.children(id, start, count);
  }

  lines(start: number, count: number): readonly TextLine[] {
    return this.#text.lines(start, count);
  }

  table(id: number, window: Window): ArrayTable {
    return tableOf(this.#array(id), window);
  }

  line(id: number): Line {
    return lineOf(numbersOf(this.#array(id)), LINE_PARTS);
  }

  grid(id: number): Grid {
    const array = this.#array(id);
    const [height = 1, width = 1] = array.shape;
    return gridOf(numbersOf(array), height, width, GRID_CELLS);
  }

  picture(id: number): Picture {
    const array = this.#array(id);
    const [height = 1, width = 1, channels = 3] = array.shape;
    return pictureOf(numbersOf(array), [height, width, channels], String(array.descr).slice(1), PICTURE_PIXELS);
  }

  async #parse(celltype: Celltype): Promise<unknown> {
    if (CODE.has(celltype)) await loadCodeSupport();
    return parse(this.#bytes, celltype, { lossless: true });
  }

  #array(id: number): NdArray {
    const value = this.#nodes.value(id);
    if (!NdArray.isNdArray(value)) throw new Error("this is no array");
    return value;
  }
}

// A file of its own, so that it is a chunk of its own: what writes buffers, without what reads them.
export { NdArray, serialize } from "@seamless/celltypes";

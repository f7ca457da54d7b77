/**
 * For packages that write stores and buffers: proofs around memory that they already own, without a copy, and the memory of
 * proofs. Each trusts its caller, who promises that no other code can write to that memory.
 */
export { createProver, type Prover, proveOwned, proveOwnedInSlices, readProven } from "./proven.ts";

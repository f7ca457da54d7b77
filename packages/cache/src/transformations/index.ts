export { Fingertipper, type FingertipperOptions, type TransformationResult } from "./fingertip.ts";
export { type MemoryRecordOptions, memoryRecord } from "./memory-record.ts";
export type { RecordEntry, RecordOptions, TransformationRecord } from "./record.ts";
export { Transformation, type TransformationInput, type TransformationSpec } from "./transformation.ts";
export {
  type FunctionContext,
  type PureFunction,
  Transformations,
  type TransformationsOptions,
} from "./transformations.ts";

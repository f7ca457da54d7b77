export { type ConvertOptions, convert, convertBuffer, needsBuffer } from "./convert.ts";
export { ConversionError, type ConversionErrorCode, type ConversionErrorDetails } from "./error.ts";
export type { GetBuffer } from "./fetch.ts";
export {
  type ConversionClass,
  category,
  classify,
  type ElementaryCategory,
  plan,
  type Step,
  type TargetOf,
} from "./matrix/lookup.ts";
export type { AllowedPair, Category, Entry } from "./matrix/matrix.generated.ts";
export { type Conversion, type ConversionMemo, conversionMemo, type MemoLimits } from "./memo.ts";

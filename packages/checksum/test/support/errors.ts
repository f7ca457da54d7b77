import * as testing from "@seamless/internal/testing";
import type { SeamlessError } from "../../src/errors.ts";

/** What a call throws, which should be one of the family. */
export const thrown = testing.thrown as (call: () => unknown) => SeamlessError;

/** What a promise rejects with, which should be one of the family. */
export const rejection = testing.rejection as (promise: Promise<unknown>) => Promise<SeamlessError>;

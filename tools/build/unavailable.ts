/**
 * Leave a test out, and say why, where the machine lacks something. Where nothing may be left out
 * (`SEAMLESS_TESTS=all`), fail instead.
 *
 * @param skip - Of the test's context.
 */
export function unavailable(skip: (note: string) => never, reason: string): never {
  if (process.env["SEAMLESS_TESTS"] === "all") throw new Error(reason);
  console.warn(`skipped: ${reason}`);
  return skip(reason);
}

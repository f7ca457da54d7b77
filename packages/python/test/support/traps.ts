/** Texts that the parser breaks down on, each in one place or another. They also name what is nested. */
export const TRAPS: Readonly<Record<string, string>> = {
  signs: `${"-".repeat(20_000)}1`,
  sums: `${"1+".repeat(20_000)}1`,
  powers: `${"1**".repeat(20_000)}1`,
  lambdas: `${"lambda:".repeat(20_000)}1`,
  attributes: `a${".a".repeat(20_000)}`,
  calls: `a${"()".repeat(20_000)}`,
};

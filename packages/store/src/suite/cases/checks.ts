import type { CheckProgress, CheckResult } from "../../store.ts";
import { check, checkList } from "../check.ts";
import type { StoreCase } from "../fixture.ts";
import { damaged, LARGE, sample } from "../samples.ts";

/** What hashing shows, for stores that can do it; one that cannot says `unknown` of all. */
export const checks: readonly StoreCase[] = [
  {
    name: "check: right, missing and wrong, short and long, in the order asked",
    async run({ store, plant }) {
      if (store.check === undefined) return;
      const [right, wrong] = [sample(1000, 1), sample(1000, 2)];
      const [longRight, longWrong] = [sample(LARGE, 3), sample(LARGE, 4)];
      const [empty, missing] = [sample(0), sample(1000, 5)];
      for (const { checksum, bytes } of [right, longRight, empty]) await store.put(checksum, bytes);
      for (const { checksum, bytes } of [wrong, longWrong]) await plant(checksum, damaged(bytes));
      const asked = [missing, right, wrong, empty, longWrong, longRight, right];
      const expected: CheckResult[] = ["missing", "ok", "corrupt", "ok", "corrupt", "ok", "ok"];
      const told: CheckProgress[] = [];
      const found = await store.check(
        asked.map(({ checksum }) => checksum),
        { onProgress: (progress) => void told.push(progress) },
      );
      const cannot = found.every((result) => result === "unknown");
      checkList(found, cannot ? asked.map(() => "unknown") : expected, "check");
      for (const [i, { files, totalFiles }] of told.entries()) {
        check(totalFiles === asked.length && files <= totalFiles, `check: progress ${files} of ${totalFiles}`);
        check(i === 0 || files >= told[i - 1]!.files, "check: progress goes back");
      }
      checkList(await store.check([]), [], "check of nothing");
    },
  },
];

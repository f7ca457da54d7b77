import { codePointSet } from "./code-points.ts";

/**
 * A string as Python's `repr` writes it: in single quotes, unless it has some and no double quotes; with escapes for
 * what is not printable.
 */
export function pythonRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inner = text.replace(UNSURE, (character) =>
    character === quote ? `\\${quote}` : (ESCAPES.get(character) ?? escapeOther(character)),
  );
  return quote + inner + quote;
}

/** All but the ASCII characters that are always written as they are. */
const UNSURE = /[^\x20\x21\x23-\x26\x28-\x5b\x5d-\x7e]/gu;

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\\", "\\\\"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

function escapeOther(character: string): string {
  const codePoint = character.codePointAt(0)!;
  if (isPrintable(codePoint)) return character;
  const hex = codePoint.toString(16);
  if (codePoint < 0x100) return `\\x${hex.padStart(2, "0")}`;
  return codePoint < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

// What Python's `str.isprintable` says of each code point, in CPython 3.13 (Unicode 15.1): made by walking all of them.
// Not asked of the JavaScript engine (`\p{C}`, `\p{Z}`): engines follow newer versions of Unicode, so that what is
// written, and with it the checksum, would depend on where it is written.
//
// Not printable, printable, not printable, and so on; the rest is not printable.
const RUNS =
  "BgDrBimbBBmcgehbbbubPhbBmcBycdbCdiBbegrwbHkbBwcChcDxoChcBxcpbBccbblfBfjCwbGfbicccwbhbbdecjccceibecbfczcdbgeccwbh" +
  "bcbcbccbbfeccddbhebbhrkdbjbdbwbhbcbfckbdbdcbpecmhhbdbicccwbhbcbfcjcccdhdecbfcskcbgddbedcbbbcdcdddmefddbecbgbovfn" +
  "bdbxbqcjbdbehcbdcbceckhwbdbxbkbfcjbdbehcgcbeckbdmnbdbBzbdbgeqcBabdbsdybjbbchdbegbbbigkcdmCgeBdBlcbbbfbybbbxcfbbb" +
  "hbkceBgCubBkeBnbBkbpbnBlHqbbfbcOnbechbbbecBpbecBhbechbbbecpbCfbecCpcBgdBagDicgcYqbBcdDlhwjyjumnbdbcmDqckgkgoblgD" +
  "lhBrfCskBfbmemebdBqcflBseBagldCkcCnbBdclgkgocBfBxCzdBvbEmiCidpdCihBrcliBrfUocgcBmcgcibbbbbbbBfcCbbpbocgbtcdbjryi" +
  "BvrccBbbndBhpBhpFkeZnzlvCRscBgbNlfBtbbfbcCehcoyjhbhbhbhbhbhbhbhbEwBiBabDlmIgBaqbClbDicDzfBrbDqbDglBwbBRIrdCdjNku" +
  "HciHvfcbbbfyChdkgCeiCsimgEmlBedDableBhbCdjockcDzyBckgcgcgjhbhbCieEwckgQNsmxeBxMNcOccEcBmhmffBabfbbbcbcbEvqRdcCch" +
  "bBgBqgBzbtbeefbFfeHidgcgcgcddhbhnccmbBabtbcbpcoBiEtfdeBtdDkbndbBvBuFaBddBxpBceBkjBefBrfBebBleoBqGcckgBkeBkeBoiCa" +
  "lmbpbhbcblbpbhbcCpLzjwkiygbBqbjCrgcbbBsbcdbcxbCuijBwtbcfBhdBbfbCmCeeucBybcfibdbBdcdekhjhCmBgBnemjCcdBdcBbfBahemh" +
  "DcCvCdBznBzhBuikLiBfbBqbdccCxBriBqwBaBmBcuxjDaeBkjCkbfnzhkgCbbsiBnjDsbulsbBvCkhbbbebpblgChfkgebicccwbhbcbfbkcccd" +
  "cbgbfhchdfFjDobfBeCuikGkCccBmBiCrlkgntCggkCcBbcpexHdCiDwDfmicbcibcbBebccmjkCsicBuclBbCuiDfnCvhkJmjbBtbokBddBgcwb" +
  "oCvhbcbBsdbbcbjikggbcbBlbcbghkLyzhrbBpdBcDibpBynBJnDyEhbflHoDXkDvnBPgqwFYgWlMUbVxhBfbkeDdbkgBecgkCskkbhbvftBAmDn" +
  "DxCxeCfhrCmflcoJCaiBVqBqjNFrebhbcbLfpbBddcboeiPgDKuEdfndjhkceGYyBucxjEmCiJmkBncCwiEivCsEsumumDjjzFfDhbCtbccbccce" +
  "bmbbbhbCnbecibhbBcbebfbbdhbNccLgcBBapfbpBQmBfggIfhbrchbcbffCkBhbEiBtdockecMiBfrCgfbRwBqBCohbebcbpbHpcqBpCyekecBE" +
  "fCqCyCjHmebBbbcbbcbbkbebbbbgbebbbbbbdbcbbcbbbbbbbbbbcbbcebhbebebbbkbrfdbfbrCacKkBseDwmpcpbpbBlkGsCeBdnBsejhcogFy" +
  "BLwerdndEpeDrgmebpmeCeikgBoiBeccDaNcmocndjhBubhioejhjhFrbCdBlkBNqCLFcBgGDugIocINqoLBlpXyDQwUwCFyHHzfGFgBONHgJg";

const isPrintableRun = /* @__PURE__ */ codePointSet(RUNS, 0);

/** Does Python's `repr` write the character as it is? */
export function isPrintable(codePoint: number): boolean {
  return codePoint < 0x7f ? codePoint >= 0x20 : isPrintableRun(codePoint);
}

import { describe } from "vitest";
import { useSite } from "./support/test-site.ts";
import { testCache } from "./tabs/cache.ts";
import { testCompare } from "./tabs/compare.ts";
import { testMatrix } from "./tabs/matrix.ts";

const built = useSite();
const site = () => ({ browser: built.browser, url: built.server.url });

describe.skipIf(!built.hasBrowser)("the matrix", () => testMatrix(site));
describe.skipIf(!built.hasBrowser)("the comparison", () => testCompare(site));
describe.skipIf(!built.hasBrowser)("the simulated cache", () => testCache(site));

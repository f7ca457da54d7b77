// What becomes CommonJS: its imports become `require`, which some compilers refuse for packages of ES modules.
import { Checksum } from "@seamless/checksum";

import core = require("@seamless/core");

export const text: string = Checksum.of(new Uint8Array()).hex();
export const same: Checksum = new core.Checksum(text);

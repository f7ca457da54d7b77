import { escapeName } from "./sha256sum.ts";

/** A name on one line for people to read, with nothing in it that could steer a terminal. */
export function printable(name: string): string {
  return escapeName(name).replace(/\p{Cc}/gu, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

/** A name in the results: for people on a terminal; elsewhere for programs, as in the lists of `sha256sum`. */
export function listed(name: string): string {
  return process.stdout.isTTY ? printable(name) : escapeName(name);
}

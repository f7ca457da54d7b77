import { lstat } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { onWindows } from "@seamless/internal/platform";

/** The folders of a user, by the XDG Base Directory Specification: the variable, that of Windows, and the name in the home folder. */
const FOLDERS = {
  cache: ["XDG_CACHE_HOME", "LOCALAPPDATA", ".cache"],
  configuration: ["XDG_CONFIG_HOME", "APPDATA", ".config"],
} as const;

/** Such a folder, which may not be there yet; `undefined` without a home folder. */
export async function userFolder(kind: keyof typeof FOLDERS): Promise<string | undefined> {
  const [variable, ofWindows, name] = FOLDERS[kind];
  const given = process.env[variable] || (onWindows() && process.env[ofWindows]) || "";
  // The specification ignores relative ones.
  if (isAbsolute(given)) return given;
  const home = await homeFolder();
  return home && join(home, name);
}

/** The home folder of the user, if there is one. */
export async function homeFolder(): Promise<string | undefined> {
  try {
    const home = homedir();
    return isAbsolute(home) && (await lstat(home)) ? home : undefined;
  } catch {
    // The system does not know the user, or the folder is not there.
    return undefined;
  }
}

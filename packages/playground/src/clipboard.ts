/**
 * Copies a text, if the browser lets the page do so.
 *
 * @returns whether it did: pages that came by plain http have no clipboard, and readers may refuse.
 */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

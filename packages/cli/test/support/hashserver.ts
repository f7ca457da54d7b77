import { type DirectoryStore, directoryStore } from "@seamless/remote/directory";
import { createHashserver } from "@seamless/remote/hashserver/node";

/** A hashserver in this process, on the folder of a store that does some things differently. */
export async function serveWith(folder: string, changes: Partial<DirectoryStore> = {}, token?: string) {
  const store = directoryStore(folder);
  const server = createHashserver({ store: { ...store, ...changes }, writable: true, token });
  const { url } = await server.listen({ port: 0, host: "127.0.0.1" });
  const close = async () => {
    await server.close({ timeout: 0 });
    await store.close();
  };
  return { url, store, close };
}

import { storeSuite } from "@seamless/store/suite";
import { describe, test } from "vitest";
import { redisStore } from "../src/redis/index.ts";
import { connect, connectCluster, FAST, newPrefix, plant, redisCluster, redisServer } from "./support/redis.ts";

const PASSWORD = "s3cret pa$s";

describe("a server that requires a password", () => {
  const server = redisServer({ requirepass: PASSWORD });
  storeSuite({
    test,
    async create() {
      const url = server.redis.url.replace("//", `//:${encodeURIComponent(PASSWORD)}@`);
      const prefix = newPrefix();
      const client = await connect(url);
      return {
        store: redisStore({ url, prefix, ...FAST }),
        readOnly: redisStore({ url, prefix, writable: false, ...FAST }),
        plant: (checksum, bytes) => plant(client, prefix, checksum, bytes),
        async damage(checksum) {
          const key = `${prefix}:{${checksum.hex()}}`;
          await client.multi().del(key).lPush(key, "a list").exec();
        },
        secrets: [PASSWORD, encodeURIComponent(PASSWORD)],
        dispose: () => client.destroy(),
      };
    },
  });
});

describe("a cluster of three, with a time to live", () => {
  const cluster = redisCluster();
  storeSuite({
    test,
    async create() {
      const url = cluster.nodes[0]!.url;
      const options = { url, prefix: newPrefix(), ttl: 600_000, ...FAST };
      const client = await connectCluster(url);
      return {
        store: redisStore(options),
        readOnly: redisStore({ ...options, writable: false }),
        plant: (checksum, bytes) => plant(client, options.prefix, checksum, bytes),
        dispose: () => client.destroy(),
      };
    },
  });
});

describe("a client that is given", () => {
  const server = redisServer();
  storeSuite({
    test,
    async create() {
      const prefix = newPrefix();
      const client = await connect(server.redis.url);
      return {
        store: redisStore({ client, prefix }),
        readOnly: redisStore({ client, prefix, writable: false }),
        plant: (checksum, bytes) => plant(client, prefix, checksum, bytes),
        dispose: () => client.destroy(),
      };
    },
  });
});

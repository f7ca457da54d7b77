import { execFile } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Daemon, freePort, isInstalled, startDaemon } from "./daemon.ts";

const run = promisify(execFile);

const COMMANDS = ["ceph", "ceph-authtool", "monmaptool", "ceph-mon", "ceph-osd", "radosgw", "radosgw-admin"];

/** What keeps Ceph from being started here; `undefined` if nothing does. */
export function missingCeph(): string | undefined {
  if (COMMANDS.every(isInstalled)) return undefined;
  return "there is no Ceph here (Debian: ceph-mon, ceph-osd, radosgw)";
}

/** Credentials as S3 clients take them. */
interface S3User {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A Ceph cluster of our own: one monitor and one OSD, in memory, with `cephx`. */
export interface CephCluster extends S3User {
  /** Its configuration file. */
  readonly conf: string;
  /** The S3 API, by a gateway that lives as long as the cluster. */
  readonly endpoint: string;
}

/** A server of the S3 API on a cluster. */
export interface CephGateway {
  /** `http://127.0.0.1:port` */
  readonly endpoint: string;
  /** Ends it in the middle of what it does. */
  kill(): Promise<void>;
  /** Starts it again on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a cluster, which takes about ten seconds.
 *
 * @param bytes - What it can hold.
 */
export async function startCeph(bytes = 2 ** 31): Promise<CephCluster & { stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "seamless-ceph-"));
  const conf = join(folder, "ceph.conf");
  const daemons: Daemon[] = [];
  const stop = async () => {
    for (const daemon of daemons.toReversed()) await daemon.kill();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const monitorPort = await freePort();
    await makeCluster(folder, conf, monitorPort, bytes);
    daemons.push(await startDaemon("ceph-mon", ["--conf", conf, "-i", "a", "-f"], monitorPort));
    daemons.push(await startStorage(folder, conf));
    const user = await createCephUser({ conf }, "seamless");
    const gateway = await startGateway({ conf });
    daemons.push({ pid: 0, stop: gateway.stop, kill: gateway.kill });
    return { conf, endpoint: gateway.endpoint, ...user, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Starts one more gateway on a cluster: one that may be killed without harm to others. */
export async function startGateway({ conf }: Pick<CephCluster, "conf">): Promise<CephGateway> {
  const port = await freePort();
  const args = [
    "--conf",
    conf,
    "-n",
    "client.rgw",
    "-f",
    `--rgw-frontends=beast endpoint=127.0.0.1:${port} tcp_nodelay=1`,
  ];
  const start = () => startDaemon("radosgw", args, port);
  let daemon = await start();
  return {
    endpoint: `http://127.0.0.1:${port}`,
    kill: () => daemon.kill(),
    async restart() {
      await daemon.kill();
      daemon = await start();
    },
    stop: () => daemon.kill(),
  };
}

/**
 * Makes one more user of a cluster.
 *
 * @param maxBytes - What the user may store.
 */
export async function createCephUser(
  { conf }: Pick<CephCluster, "conf">,
  uid: string,
  maxBytes?: number,
): Promise<S3User> {
  const user = { accessKeyId: randomBytes(10).toString("hex"), secretAccessKey: randomBytes(20).toString("hex") };
  const { accessKeyId, secretAccessKey } = user;
  const admin = (...args: string[]) => run("radosgw-admin", ["--conf", conf, "-n", "client.rgw", ...args]);
  const keys = [`--access-key=${accessKeyId}`, `--secret-key=${secretAccessKey}`];
  await admin("user", "create", `--uid=${uid}`, `--display-name=${uid}`, ...keys);
  if (maxBytes === undefined) return user;
  const quota = ["--quota-scope=user", `--uid=${uid}`];
  await admin("quota", "set", ...quota, `--max-size=${maxBytes}`);
  await admin("quota", "enable", ...quota);
  return user;
}

/** Writes the configuration, the keys and the first map of a cluster. */
async function makeCluster(folder: string, conf: string, port: number, bytes: number): Promise<void> {
  const fsid = randomUUID();
  for (const name of ["mon", "osd", "rgw", "run"]) await mkdir(join(folder, name));
  await writeFile(conf, configuration(folder, fsid, port, bytes));
  const keyring = join(folder, "keyring");
  const monitorKeys = join(folder, "mon.keyring");
  const addKey = (file: string, name: string, caps: Readonly<Record<string, string>>) =>
    run("ceph-authtool", [
      ...["--create-keyring", file, "--gen-key", "-n", name],
      ...Object.entries(caps).flatMap(([of, what]) => ["--cap", of, what]),
    ]);
  const parts: string[] = [];
  for (const [name, caps] of Object.entries(KEYS)) {
    await addKey(keyring, name, caps);
    parts.push(await readFile(keyring, "utf8"));
  }
  await writeFile(keyring, parts.join("\n"), { mode: 0o600 });
  await addKey(monitorKeys, "mon.", { mon: "allow *" });
  await writeFile(monitorKeys, [await readFile(monitorKeys, "utf8"), ...parts].join("\n"), { mode: 0o600 });
  const map = join(folder, "monmap");
  await run("monmaptool", ["--create", "--fsid", fsid, "--addv", "a", `[v2:127.0.0.1:${port}]`, map]);
  await run("ceph-mon", ["--conf", conf, "-i", "a", "--mkfs", "--monmap", map, "--keyring", monitorKeys]);
}

/** Who may do what. */
const KEYS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "client.admin": { mon: "allow *", osd: "allow *", mgr: "allow *" },
  "osd.0": { mon: "allow profile osd", osd: "allow *" },
  "client.rgw": { mon: "allow rw", osd: "allow rwx" },
};

async function startStorage(folder: string, conf: string): Promise<Daemon> {
  const uuid = randomUUID();
  await run("ceph", ["--conf", conf, "osd", "new", uuid, "0"]);
  const { stdout } = await run("ceph-authtool", ["-p", "-n", "osd.0", join(folder, "keyring")]);
  await run("ceph-osd", ["--conf", conf, "-i", "0", "--mkfs", "--osd-uuid", uuid, "--key", stdout.trim()]);
  const port = await freePort();
  const ports = [`--ms-bind-port-min=${port}`, `--ms-bind-port-max=${port + 20}`];
  return startDaemon("ceph-osd", ["--conf", conf, "-i", "0", "-f", ...ports], port);
}

function configuration(folder: string, fsid: string, port: number, bytes: number): string {
  return `[global]
fsid = ${fsid}
mon_host = v2:127.0.0.1:${port}
mon_initial_members = a
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
auth_allow_insecure_global_id_reclaim = false
keyring = ${folder}/keyring
run_dir = ${folder}/run
admin_socket = ${folder}/run/$name.$pid.asok
log_file = ${folder}/$name.log
mon_data = ${folder}/mon
osd_data = ${folder}/osd
rgw_data = ${folder}/rgw
# One copy of everything, in memory.
osd_objectstore = memstore
memstore_device_bytes = ${bytes}
mon_allow_pool_size_one = true
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
# The disk of the machine is not its own.
mon_data_avail_crit = 1
mon_data_avail_warn = 2
`;
}

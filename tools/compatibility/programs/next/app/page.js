import { Buffer } from "@seamless/core";

export const dynamic = "force-dynamic";

export default function Page() {
  return <p>{new Buffer("hello", "text").getChecksum().hex()}</p>;
}

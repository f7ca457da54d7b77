/** This machine, or an address of a private network (RFC 1918, RFC 4193), or a name that only such a network knows. */
export function isNear(host: string): boolean {
  if (host === "localhost" || host.endsWith(".localhost") || host.endsWith(".local")) return true;
  if (/^[\d.]+$/.test(host)) return /^(127|10)\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\.|^169\.254\./.test(host);
  return /^\[(::1\]|f[cd]|fe80)/i.test(host) || !/[.:]/.test(host);
}

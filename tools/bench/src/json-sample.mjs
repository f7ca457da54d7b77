/**
 * A nested object as scientific metadata is: records with names, flags, lists, measured numbers (a few digits) and a
 * computed one (all digits), some text beyond ASCII.
 *
 * @param {number} bytes - Size of its JSON with an indent of 2, roughly.
 */
export function jsonSample(bytes) {
  const records = Math.round(bytes / 440);
  let state = 7;
  const random = () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
  const measured = () => Math.round(random() * 1e5) / 1e3;
  return {
    title: "Sample of measurements",
    created: "2026-01-01T00:00:00",
    records: Array.from({ length: records }, (_, i) => ({
      name: `measurement ${i}`,
      id: i,
      checksum: "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
      valid: i % 3 === 0,
      comment: i % 10 === 0 ? 'größer als "erwartet"' : null,
      position: { x: measured(), y: measured(), z: -measured() },
      values: [random(), measured(), i, 0, -5],
      tags: ["alpha", "beta", `tag-${i % 17}`],
    })),
  };
}

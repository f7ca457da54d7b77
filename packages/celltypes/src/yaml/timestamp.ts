import { YamlDate } from "./values.ts";

const TIMESTAMP = new RegExp(
  "^(?<year>[0-9]{4})-(?<month>[0-9]{1,2})-(?<day>[0-9]{1,2})" +
    "(?:(?:[Tt]|[ \\t]+)(?<hour>[0-9]{1,2}):(?<minute>[0-9]{2}):(?<second>[0-9]{2})(?:\\.(?<fraction>[0-9]*))?" +
    "(?:[ \\t]*(?:Z|(?<sign>[-+])(?<offsetHours>[0-9]{1,2})(?::(?<offsetMinutes>[0-9]{2}))?))?)?\\n?$",
);
const MINUTES_OF_DAY = 24 * 60;

/**
 * A date or time as PyYAML reads it: microseconds, further digits dropped; the offset is kept.
 *
 * @returns `undefined` where there is no such date or time.
 */
export function readTimestamp(text: string): YamlDate | undefined {
  const { year = "", month, day, hour, minute, second, fraction = "", ...offset } = TIMESTAMP.exec(text)?.groups ?? {};
  if (!isDate(Number(year), Number(month), Number(day))) return undefined;
  const date = `${year}-${two(month)}-${two(day)}`;
  if (hour === undefined) return new YamlDate(date);
  const shift = readOffset(text, offset);
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59 || shift === undefined) return undefined;
  const micros = fraction.slice(0, 6).padEnd(6, "0");
  return new YamlDate(`${date}T${two(hour)}:${minute}:${second}${micros === "000000" ? "" : `.${micros}`}${shift}`);
}

function isDate(year: number, month: number, day: number): boolean {
  if (!(year >= 1 && month >= 1 && month <= 12 && day >= 1)) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]!;
}

function readOffset(text: string, { sign, offsetHours, offsetMinutes = "0" }: Record<string, string | undefined>) {
  if (sign === undefined) return /Z\n?$/.test(text) ? "+00:00" : "";
  const minutes = Number(offsetHours) * 60 + Number(offsetMinutes);
  if (minutes >= MINUTES_OF_DAY) return undefined;
  // Python knows no -00:00.
  return `${minutes === 0 ? "+" : sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function two(number: string | number | undefined): string {
  return String(number).padStart(2, "0");
}

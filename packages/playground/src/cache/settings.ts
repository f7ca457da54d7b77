/** What the reader sets. */
export interface Settings {
  /** In MB. */
  readonly softCap: number;
  /** In MB; at least the soft cap. */
  readonly hardCap: number;
  /** With which a fading reference begins. */
  readonly interest: number;
  /** Seconds after which the interest is halved. */
  readonly fadeInterval: number;
}

export const DEFAULTS: Settings = { softCap: 300, hardCap: 450, interest: 128, fadeInterval: 2 };

/** How a setting can be set, by a slider. */
export interface Slider {
  readonly setting: keyof Settings;
  readonly label: string;
  /** Of the position of the slider. */
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** From a position to the value; they are the same, but for interest, which is set by powers of two. */
  readonly valueAt: (position: number) => number;
  readonly positionOf: (value: number) => number;
  readonly show: (value: number) => string;
}

const same = (value: number) => value;

export const SLIDERS: readonly Slider[] = [
  {
    setting: "softCap",
    label: "Soft cap",
    min: 50,
    max: 800,
    step: 10,
    valueAt: same,
    positionOf: same,
    show: (value) => `${value} MB`,
  },
  {
    setting: "hardCap",
    label: "Hard cap",
    min: 50,
    max: 800,
    step: 10,
    valueAt: same,
    positionOf: same,
    show: (value) => `${value} MB`,
  },
  {
    setting: "interest",
    label: "Fading interest",
    min: 0,
    max: 10,
    step: 1,
    valueAt: (position) => 2 ** position,
    positionOf: Math.log2,
    show: String,
  },
  {
    setting: "fadeInterval",
    label: "Halved every",
    min: 0.5,
    max: 10,
    step: 0.5,
    valueAt: same,
    positionOf: same,
    show: (value) => `${value} s`,
  },
];

/** Sets one of them; a cap takes the other one along, so that the soft cap is never over the hard one. */
export function withSetting(settings: Settings, setting: keyof Settings, value: number): Settings {
  const set = { ...settings, [setting]: value };
  if (set.softCap <= set.hardCap) return set;
  return { ...set, softCap: value, hardCap: value };
}

/** Settings in the address of the page: `300-450-128-2`; undefined for those that a page begins with. */
export function writeSettings(settings: Settings): string | undefined {
  const text = SLIDERS.map(({ setting }) => settings[setting]).join("-");
  return text === SLIDERS.map(({ setting }) => DEFAULTS[setting]).join("-") ? undefined : text;
}

/** @returns the default ones for what is none, or cannot be set: it may come from anybody. */
export function readSettings(text: string | undefined): Settings {
  const values = (text ?? "").split("-").map(Number);
  const fits = SLIDERS.every(({ min, max, positionOf }, i) => {
    const position = positionOf(values[i] ?? Number.NaN);
    return position >= min && position <= max;
  });
  if (values.length !== SLIDERS.length || !fits) return DEFAULTS;
  const [softCap, hardCap, interest, fadeInterval] = values as [number, number, number, number];
  return softCap > hardCap ? DEFAULTS : { softCap, hardCap, interest, fadeInterval };
}

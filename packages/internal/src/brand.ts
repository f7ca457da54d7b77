/** Does a value carry a brand? Asked of the value, so that no bundle has a class only to recognise its instances. */
export function hasBrand(value: unknown, brand: symbol): boolean {
  return typeof value === "object" && value !== null && (value as Record<PropertyKey, unknown>)[brand] === true;
}

export { MAX_DEPTH } from "./fault.ts";
export { MAX_TEXT, parseYaml } from "./parse.ts";
export { type JsonLike, MAX_EXPANDED, yamlToJson } from "./to-json.ts";
export { YamlDate, YamlPairs, YamlSet, YamlSurrogates, type YamlValue } from "./values.ts";

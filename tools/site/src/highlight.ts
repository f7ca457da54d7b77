import { createCssVariablesTheme, type ShikiTransformer } from "shiki";

/** Colours of code by what a token is; which they are is said by the style sheet of the theme. */
export const codeTheme = createCssVariablesTheme({ name: "site", variablePrefix: "--code-", fontStyle: false });

/** Gives tokens classes (`code-token-keyword`) in place of the attribute `style`, which the site's policy forbids. */
export const styleToClass: ShikiTransformer = {
  name: "style-to-class",
  pre(node) {
    delete node.properties["style"];
  },
  span(node) {
    const kind = /^color:var\(--code-([\w-]+)\)$/.exec(String(node.properties["style"] ?? ""))?.[1];
    delete node.properties["style"];
    if (kind !== undefined && kind !== "foreground") this.addClassToHast(node, `code-${kind}`);
  },
};

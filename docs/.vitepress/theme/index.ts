import { inBrowser, type Theme } from "vitepress";
import DefaultTheme from "vitepress/theme-without-fonts";
import { type Component, defineAsyncComponent, defineComponent, h, hydrateOnIdle, onMounted, shallowRef } from "vue";
import { PLAYGROUND } from "../pages.ts";
import "./style.css";

/** Its text is in the page; what makes it live is a task of its own, once a slow machine has come to the end of the page's. */
const LiveBuffer = defineAsyncComponent({ loader: () => import("./LiveBuffer.vue"), hydrate: hydrateOnIdle() });

/** Loaded only where it can run, and only when its page is opened; until then, a text says so. */
const Playground = defineComponent(() => {
  const loaded = shallowRef<Component>();
  onMounted(async () => {
    const { default: component } = await import("@seamless/playground/Playground.vue");
    // Read in one task, and shown in another: in one they would keep a slow machine from answering for a fifth of a second.
    setTimeout(() => {
      loaded.value = component;
    });
  });
  return () =>
    loaded.value === undefined
      ? h("p", { class: "playground-waiting" }, "The playground takes scripts, which have not run yet.")
      : h(loaded.value);
});

/** Where readers learn comes before where they look up. */
const boostDocument = (id: string) => (/\/(?:guides|concepts)\//.test(id) ? 4 : /\/api\//.test(id) ? 0.5 : 1);

const isPlayground = (path: string) => path.replace(/\.html$/, "").endsWith(`/${PLAYGROUND.replace(/\.md$/, "")}`);

export default {
  extends: DefaultTheme,
  enhanceApp({ app, router, siteData }) {
    app.component("LiveBuffer", LiveBuffer);
    app.component("Playground", Playground);
    // A policy lasts as long as its document: to and from the page that has another one, the browser loads anew.
    if (!inBrowser) return;
    // A function among the settings would be sent as text, which the policy forbids to run.
    const { themeConfig } = siteData.value;
    const options = { ...themeConfig.search?.options, miniSearch: { searchOptions: { boostDocument } } };
    siteData.value = {
      ...siteData.value,
      themeConfig: { ...themeConfig, search: { ...themeConfig.search, options } },
    };
    router.onBeforeRouteChange = (to) => {
      const { pathname, href } = new URL(to, location.href);
      if (isPlayground(pathname) === isPlayground(location.pathname)) return true;
      location.assign(href);
      return false;
    };
  },
} satisfies Theme;

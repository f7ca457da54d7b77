import { createApp } from "vue";
import "./page.css";

// Styles of the playground go by a class, as on the site, where readers may choose.
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark", dark.matches);
dark.addEventListener("change", follow);
follow();

// What the page is made of is read in one task, and shown in another: in one they would keep a slow machine from answering for
// a quarter of a second.
const { default: App } = await import("./App.vue");
setTimeout(() => createApp(App).mount("#app"));

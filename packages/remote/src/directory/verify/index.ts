export { verifyStore } from "./verify.ts";

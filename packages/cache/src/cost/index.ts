export { type CostModel, defaultCosts } from "./model.ts";

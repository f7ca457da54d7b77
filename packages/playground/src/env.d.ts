// What the bundler does with what is no module.
declare module "*.css" {}

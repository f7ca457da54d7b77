import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Contrib, Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";
import { workspaceRoot } from "@seamless-tools/examples";
import { PackageURL } from "packageurl-js";
import parseSpdx from "spdx-expression-parse";
import { type Bundled, bundledIn, type ForeignData } from "./bundled.ts";
import { type InstalledManifest, type InstalledPackage, productionTree } from "./installed.ts";
import { lockedPackages } from "./lock.ts";

/** Name of the file in a tarball. */
export const SBOM_FILE = "sbom.cdx.json";

/**
 * The software bill of materials of a package, in CycloneDX 1.6: what its tarball is made of (the parts of its own
 * component), and what is installed with it, in the versions that it was tested with. No time and no serial number: the
 * same tree gives the same bytes.
 *
 * @param directory - Folder of the package, built and with its dependencies installed.
 */
export function sbomOf(directory: string): string {
  const tree = productionTree(directory);
  // A package that is installed in several folders, for different peers, is one component.
  const components = new Map<string, Models.Component>();
  for (const item of tree) {
    const known = components.get(idOf(item));
    if (known === undefined) components.set(idOf(item), componentOf(item));
    else if (!item.optional) known.scope = Enums.ComponentScope.Required;
  }
  const byFolder = new Map(tree.map((item) => [item.directory, components.get(idOf(item))!]));
  for (const item of tree) {
    for (const need of item.needs) byFolder.get(item.directory)!.dependencies.add(byFolder.get(need)!.bomRef);
  }
  const [own] = tree as readonly [InstalledPackage];
  const subject = components.get(idOf(own))!;
  if (own.manifest.bin !== undefined) subject.type = Enums.ComponentType.Application;
  // Only what comes with it may be left out.
  delete subject.scope;
  for (const part of partsOf(bundledIn(directory))) subject.components.add(part);
  const bom = new Models.Bom({
    metadata: new Models.Metadata({
      lifecycles: new Models.LifecycleRepository([Enums.LifecyclePhase.Build]),
      component: subject,
    }),
    components: new Models.ComponentRepository([...components.values()].filter((component) => component !== subject)),
  });
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

const licenses = new Contrib.License.Factories.LicenseFactory(parseSpdx);

function idOf({ manifest: { name, version } }: InstalledPackage): string {
  return `${name}@${version}`;
}

function componentOf({ manifest, optional }: InstalledPackage) {
  const { name, version } = manifest;
  const [group, short] = name.startsWith("@") ? name.split("/") : [undefined, name];
  const purl = new PackageURL("npm", group, short!, version).toString();
  const integrity = integrityOf(`${name}@${version}`);
  return new Models.Component(Enums.ComponentType.Library, short!, {
    bomRef: purl,
    group,
    version,
    purl,
    scope: optional ? Enums.ComponentScope.Optional : Enums.ComponentScope.Required,
    licenses: licensesOf(manifest),
    hashes: new Models.HashDictionary(integrity === undefined ? [] : [[Enums.HashAlgorithm["SHA-512"], integrity]]),
  });
}

function licensesOf({ license }: Pick<InstalledManifest, "license">) {
  return new Models.LicenseRepository(license === undefined ? [] : [licenses.makeFromString(license)]);
}

/** What is bundled: of ours it cannot be installed so, and has no package URL. */
function partsOf({ ours, data, code }: Bundled): readonly Models.Component[] {
  return [
    ...ours.map(ownPart),
    ...data.map(dataPart),
    ...code.map(({ directory, manifest }) => componentOf({ directory, manifest, optional: false, needs: [] })),
  ];
}

/**
 * Without a version: it is of the same commit, which may be after the one that is published by itself.
 *
 * @param folder - Name of its folder.
 */
function ownPart(folder: string): Models.Component {
  const manifest = JSON.parse(
    readFileSync(join(workspaceRoot, "packages", folder, "package.json"), "utf8"),
  ) as InstalledManifest;
  return new Models.Component(Enums.ComponentType.Library, basename(manifest.name), {
    bomRef: manifest.name,
    group: "@seamless",
    licenses: licensesOf(manifest),
  });
}

function dataPart({ name, version, license, copyright, url }: ForeignData): Models.Component {
  return new Models.Component(Enums.ComponentType.Data, name, {
    bomRef: `${name} ${version}`,
    version,
    licenses: licensesOf({ license }),
    copyright,
    externalReferences: new Models.ExternalReferenceRepository([
      new Models.ExternalReference(url, Enums.ExternalReferenceType.Website),
    ]),
  });
}

let integrities: ReadonlyMap<string, string> | undefined;

/** SHA-512 of the tarball of a package of others, in hex, as the lock file has it. */
function integrityOf(nameAndVersion: string): string | undefined {
  integrities ??= readIntegrities();
  return integrities.get(nameAndVersion);
}

function readIntegrities(): ReadonlyMap<string, string> {
  return new Map(
    lockedPackages().flatMap(({ name, version, integrity }) => {
      const [algorithm, base64] = integrity?.split("-") ?? [];
      return algorithm === "sha512"
        ? [[`${name}@${version}`, Buffer.from(base64!, "base64").toString("hex")] as const]
        : [];
    }),
  );
}

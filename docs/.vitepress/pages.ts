/** Pages that belong together, in the order in which they are read. */
export interface Section {
  readonly title: string;
  /** Paths in the repository. The title of a page is its first heading. */
  readonly pages: readonly string[];
}

/** Sections that stand in one sidebar. */
export interface Area {
  /** Folders of the site whose pages have that sidebar. */
  readonly folders: readonly string[];
  readonly sections: readonly Section[];
}

/** All pages of the site but those that are made from doc comments: its navigation, and `llms.txt`, come from here. */
export const AREAS: readonly Area[] = [
  {
    folders: ["/guides/", "/concepts/"],
    sections: [
      {
        title: "Guides",
        pages: [
          "docs/guides/first-data.md",
          "docs/guides/share-with-python.md",
          "docs/guides/arrays-in-a-page.md",
          "docs/guides/s3-and-redis.md",
          "docs/guides/long-computation.md",
          "docs/guides/million-files.md",
          "docs/guides/write-a-store.md",
          "docs/guides/serve-in-production.md",
        ],
      },
      {
        title: "Concepts",
        pages: [
          "docs/concepts/checksum.md",
          "docs/concepts/buffer.md",
          "docs/concepts/celltype.md",
          "docs/concepts/conversion.md",
          "docs/concepts/cache.md",
          "docs/concepts/stores.md",
        ],
      },
    ],
  },
  {
    folders: ["/packages/", "/api/"],
    sections: [
      {
        title: "Packages",
        pages: [
          "packages/core/README.md",
          "packages/checksum/README.md",
          "packages/celltypes/README.md",
          "packages/python/README.md",
          "packages/conversion/README.md",
          "packages/store/README.md",
          "packages/cache/README.md",
          "packages/remote/README.md",
          "packages/cli/README.md",
          "packages/ui/README.md",
        ],
      },
    ],
  },
  {
    folders: ["/"],
    sections: [
      { title: "Start", pages: ["README.md", "docs/playground.md"] },
      {
        title: "Reference",
        pages: ["docs/conversions.md", "docs/conversion-classes.md", "docs/compatibility.md", "docs/platforms.md"],
      },
      { title: "Operation", pages: ["docs/scale.md", "docs/benchmarks.md", "docs/versioning.md", "SECURITY.md"] },
      {
        title: "Working on it",
        pages: [
          "CONTRIBUTING.md",
          "docs/architecture.md",
          "docs/adding.md",
          "docs/releasing.md",
          "docs/dependencies.md",
          "packages/internal/README.md",
          "packages/playground/README.md",
          "docs/decisions/README.md",
          "docs/decisions/where-bytes-are-hashed.md",
          "docs/decisions/hashing-is-synchronous.md",
          "docs/decisions/own-yaml.md",
          "docs/decisions/own-python-grammar.md",
          "docs/decisions/own-json.md",
          "docs/decisions/own-npy-and-mixed.md",
          "docs/decisions/no-native-code.md",
          "docs/decisions/files-are-flushed.md",
          "docs/decisions/ports-and-brands.md",
          "docs/decisions/failure-is-not-a-miss.md",
          "docs/decisions/streams-are-not-spliced.md",
          "docs/decisions/matrix-is-generated.md",
          "docs/decisions/internal-is-bundled.md",
          "docs/decisions/commands-are-bundled.md",
          "docs/decisions/page-of-a-store.md",
          "docs/decisions/optional-peer-without-range.md",
          "docs/decisions/where-it-is-decided.md",
        ],
      },
    ],
  },
];

/** All of them, in that order. */
export const SECTIONS: readonly Section[] = AREAS.flatMap(({ sections }) => sections);

/** What pages are called in the navigation, where their first heading says less, or too much. */
export const SHORT_TITLES: Readonly<Record<string, string>> = {
  "README.md": "Overview",
  "results/api/README.md": "All entries",
};

/** The page that runs the packages: the only one that may fetch from other hosts, when its reader tells it to. */
export const PLAYGROUND = "playground.md";

// How Changesets writes CHANGELOG.md: what a changeset says, without commit hashes; and of siblings, one line.

module.exports = {
  async getReleaseLine({ summary }) {
    const [first, ...more] = summary.trim().split("\n");
    return [`- ${first}`, ...more.map((line) => (line === "" ? "" : `  ${line}`))].join("\n");
  },

  async getDependencyReleaseLine(_, updated) {
    if (updated.length === 0) return "";
    return `- Uses ${updated.map(({ name, newVersion }) => `${name} ${newVersion}`).join(", ")}.`;
  },
};

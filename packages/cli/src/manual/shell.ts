/** A word for a shell, in single quotes; what is in it is taken as it is. The same in bash, zsh and fish but for the quote. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The first line of what is generated. */
export function headline(shell: string): string {
  return `# Completes the commands of Seamless in ${shell}; printed by 'seamless completion ${shell}'.`;
}

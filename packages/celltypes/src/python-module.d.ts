// The optional peer, as much of it as is used here: none of its own types reach this package's declarations.
declare module "@seamless/python" {
  export function loadPython(): Promise<void>;
  export function isValidPython(text: string): boolean;
  export function ipythonToPython(cell: string): string;
}

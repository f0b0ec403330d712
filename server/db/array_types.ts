/**
 * Arrays of PostgreSQL, named here one by one. By default postgres.js asks each new connection for all types, and a
 * database that goes away in the middle of that question leaves a rejection that nobody can catch: it ends the process.
 */

/** For postgres.js. The elements are never null. */
export const ARRAY_TYPES = {
  textArray: arrayType(1009),
  uuidArray: arrayType(2951),
};

/** `oid`: of a one-dimensional array type of text or of what is written like it. */
function arrayType(oid: number) {
  return { to: oid, from: [oid], serialize: formatArray, parse: parseArray };
}

/** The array's text form (PostgreSQL manual, section 8.15.6), every element in quotes. */
export function formatArray(elements: readonly string[]): string {
  return `{${elements.map((element) => `"${escaped(element)}"`).join(",")}}`;
}

/** Most elements are long and have nothing to escape, which is found out quickly. */
function escaped(element: string): string {
  return element.includes('"') || element.includes("\\") ? element.replace(/["\\]/g, "\\$&") : element;
}

/** The elements of an array in its text form. */
export function parseArray(text: string): string[] {
  const elements = text.slice(1, -1).matchAll(/"((?:[^"\\]|\\.)*)"|([^",]+)/gs);
  return Array.from(
    elements,
    ([, quoted, bare = ""]) => quoted === undefined ? bare : quoted.replace(/\\(.)/gs, "$1"),
  );
}

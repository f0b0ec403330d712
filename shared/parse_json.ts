/** The value of a JSON text; `undefined` for HTML, damaged JSON and whatever else is answered in its place. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

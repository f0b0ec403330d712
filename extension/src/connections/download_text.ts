/** Hands a text to the person as a file. It never leaves the browser. */

/** The browser has read it by then. */
const READ_BY_MS = 60_000;

export function downloadText(text: string, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), READ_BY_MS);
}

/** Starts whichever page with room this document is. One script for both weighs less than one each. */
import { startConnections } from "./connections/main.tsx";
import { startOptions } from "./options/main.tsx";

const PAGES: Readonly<Record<string, (root: HTMLElement) => Promise<void>>> = {
  "/options.html": startOptions,
  "/connections.html": startConnections,
};

const root = document.getElementById("app");
if (root !== null) void PAGES[location.pathname]?.(root);

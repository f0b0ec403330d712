/**
 * Starts whichever page this document is. One script for all of them weighs a tenth less than one each with the chunks
 * that they share.
 */
import { startConnections } from "./connections/main.tsx";
import { startOptions } from "./options/main.tsx";
import { startPopup } from "./popup/main.tsx";

const PAGES: Readonly<Record<string, (root: HTMLElement) => Promise<void>>> = {
  "/popup.html": startPopup,
  "/options.html": startOptions,
  "/connections.html": startConnections,
};

const root = document.getElementById("app");
if (root !== null) void PAGES[location.pathname]?.(root);

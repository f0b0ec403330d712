/** Starts the popup where this document is the popup, and does nothing anywhere else. */
import { startPopup } from "./main.tsx";

if (location.pathname === "/popup.html") {
  const root = document.getElementById("app");
  if (root !== null) void startPopup(root);
}

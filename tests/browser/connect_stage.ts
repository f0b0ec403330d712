/** What the tests of connecting ask of a browser, whichever it is. */
import type { ShownPage } from "../support/shown_page.ts";
import type { ConnectWorld } from "./connect_world.ts";

export interface ConnectStage extends AsyncDisposable {
  readonly world: ConnectWorld;
  /** Before the name of each picture. */
  readonly picturePrefix: string;
  /** The tab in which the icon is clicked. */
  readonly page: ShownPage;
  newPage(address: string): Promise<ShownPage>;
  /** Clicks the toolbar icon on the tab and returns the popup once it shows something. */
  openPopup(): Promise<ShownPage>;
  /** The popup that is open, or that opens by itself within 5 seconds. */
  popup(): Promise<ShownPage>;
  closePopups(): Promise<void>;
  /** The window whose address starts with `prefix`. */
  authWindow(prefix: string): Promise<ShownPage>;
  authWindowCount(prefix: string): Promise<number>;
  /** Value of an expression in the extension's background. */
  inBackground(expression: string): Promise<unknown>;
  /** The history has, in no list, addresses that the browser was sent on from: the callback with its code. */
  readonly keepsRedirects: boolean;
  /** Bytes of the browser's history, one character each, once `address` is in there. The browser may be gone after that. */
  historyWith(address: string): Promise<string>;
}

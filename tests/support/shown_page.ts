/** What the tests of both browsers do with a page; a `Page` of puppeteer can do it as it is. */
export interface ShownPage {
  goto(address: string): Promise<unknown>;
  /** Value of an expression in the page, as JSON; a promise is waited for. */
  evaluate(expression: string): Promise<unknown>;
  /** Waits, in milliseconds, until there is such an element. */
  waitForSelector(selector: string, options?: { timeout?: number }): Promise<unknown>;
  /** Clicks in the middle of the first such element, as a mouse does. */
  click(selector: string): Promise<void>;
  emulateMediaFeatures(features: { name: string; value: string }[]): Promise<void>;
  /** Writes a picture of what is in sight; Firefox of the whole page. */
  screenshot(options: { path: `${string}.png` }): Promise<unknown>;
  close(): Promise<void>;
}

/** Every warning that the add-on linter gives for the built add-on, and why it stays. A test fails for any other, and for one that is gone. */

export interface ExplainedWarning {
  /** Code of the linter's rule. */
  readonly code: string;
  /** File in the package that it is about. */
  readonly file: RegExp;
  /** How often. */
  readonly count: number;
  readonly reason: string;
}

export const EXPLAINED_WARNINGS: readonly ExplainedWarning[] = [
  {
    code: "KEY_FIREFOX_ANDROID_UNSUPPORTED_BY_MIN_VERSION",
    file: /^manifest\.json$/,
    count: 1,
    reason:
      "The add-on is for Firefox on the desktop: without `gecko_android` the store does not offer it on " +
      "Android. There, `data_collection_permissions` are known from 140 on, the oldest version that it runs in.",
  },
  {
    code: "UNSAFE_VAR_ASSIGNMENT",
    file: /^popup\.js$/,
    count: 1,
    reason:
      "Hono's JSX runtime sets `innerHTML` for the attribute `dangerouslySetInnerHTML`, which no component " +
      "has. All text goes through `textContent`.",
  },
];

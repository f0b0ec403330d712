/** The server address that the build put into this copy of the extension. */

// The build replaces this name with a string; it exists nowhere at run time.
declare const RELATCH_SERVER: string;

/** Address without a slash at its end. */
export const BUILT_IN_SERVER: string = RELATCH_SERVER;

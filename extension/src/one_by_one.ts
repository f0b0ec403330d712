/** Changes that must not come between each other's steps, in whichever page they run or in the background. */

// Where the tests run, the locks are there, but not their types.
declare global {
  interface Navigator {
    readonly locks: LockManager;
  }
  interface LockManager {
    request<Result>(name: string, change: () => Promise<Result>): Promise<Result>;
  }
}

/** Waits until no other change of `name` runs. The browser lets go of what a page or background leaves behind. */
export function oneByOne<Result>(name: string, change: () => Promise<Result>): Promise<Result> {
  return navigator.locks.request(name, change);
}

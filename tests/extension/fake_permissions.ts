/** The browser's permissions, as far as the options use them: what is granted, and a person who answers. */
import type { Permissions, PermissionSet } from "../../extension/src/options/permissions.ts";

export type FakePermissions = Permissions & {
  granted(): string[];
  /** Everything asked for so far, in this very moment. */
  readonly asked: readonly PermissionSet[];
  /** What the person answers; a rejection stands for a browser that refuses to ask. */
  answer: () => Promise<boolean>;
};

/** `kept` cannot be given back, as what a manifest requires. */
export function fakePermissions(
  granted: string[] = [],
  { kept = [] }: { kept?: string[] } = {},
): FakePermissions {
  const all = new Set(granted);
  const asked: PermissionSet[] = [];
  const namesIn = (
    { origins = [], permissions = [] }: PermissionSet,
  ): string[] => [...origins, ...permissions];
  const fake: FakePermissions = {
    asked,
    answer: () => Promise.resolve(true),
    granted: () => [...all],
    getAll: () => {
      const isOrigin = (name: string): boolean => name.includes("/");
      const permissions = [...all].filter((name) => !isOrigin(name));
      return Promise.resolve({ origins: [...all].filter(isOrigin), permissions });
    },
    request(wanted) {
      asked.push(wanted);
      return fake.answer().then((isAllowed) => {
        if (isAllowed) namesIn(wanted).forEach((name) => all.add(name));
        return isAllowed;
      });
    },
    remove(unwanted) {
      const names = namesIn(unwanted);
      if (names.some((name) => kept.includes(name))) {
        return Promise.reject(new Error("You cannot remove required permissions."));
      }
      return Promise.resolve(names.map((name) => all.delete(name)).every((wasThere) => wasThere));
    },
  };
  return fake;
}

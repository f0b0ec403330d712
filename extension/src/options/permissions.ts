/** The part of `browser.permissions` that the options use, and what the browser allows just now. */

export type PermissionSet = { origins?: string[]; permissions?: "notifications"[] };

export type Permissions = {
  getAll(): Promise<{ origins?: string[]; permissions?: string[] }>;
  request(wanted: PermissionSet): Promise<boolean>;
  remove(unwanted: PermissionSet): Promise<boolean>;
};

export const NOTIFICATIONS: PermissionSet = { permissions: ["notifications"] };

export type Granted = { origins: string[]; hasNotifications: boolean };

export async function readGranted(permissions: Permissions): Promise<Granted> {
  const { origins = [], permissions: names = [] } = await permissions.getAll();
  return { origins, hasNotifications: names.includes("notifications") };
}

/**
 * Asks the person, and says whether the browser allows it now. It has to be called in the click itself, with nothing awaited before:
 * Firefox forgets the click.
 */
export async function requestPermission(permissions: Permissions, wanted: PermissionSet): Promise<boolean> {
  try {
    return await permissions.request(wanted);
  } catch {
    return false;
  }
}

/** Gives it back. The browser keeps what the manifest cannot do without. */
export async function removePermission(permissions: Permissions, unwanted: PermissionSet): Promise<boolean> {
  try {
    return await permissions.remove(unwanted);
  } catch {
    return false;
  }
}

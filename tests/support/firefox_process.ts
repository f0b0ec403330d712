/** Firefox as a process with a profile that is thrown away, ready to be driven. */
import { connectMarionette, type Marionette } from "./marionette.ts";
import { makeReachableFolder } from "./reachable_folder.ts";
import { waitUntil } from "./wait_until.ts";

/** Real programs before wrapper scripts. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  linux: [
    "/usr/lib/firefox-esr/firefox-esr",
    "/usr/lib/firefox/firefox",
    "/usr/bin/firefox-esr",
    "/usr/bin/firefox",
  ],
  darwin: ["/Applications/Firefox.app/Contents/MacOS/firefox"],
  windows: ["C:\\Program Files\\Mozilla Firefox\\firefox.exe"],
};

const START_MILLISECONDS = 30_000;
const END_MILLISECONDS = 10_000;

/** On top of those that Firefox sets by itself when it is driven: nothing is loaded that nobody asked for. */
const PREFERENCES = {
  // Any free one; Firefox writes it into the profile.
  "marionette.port": 0,
  "browser.startup.page": 0,
  "browser.newtabpage.enabled": false,
  "app.normandy.enabled": false,
};

export interface FirefoxProcess extends AsyncDisposable {
  readonly marionette: Marionette;
  /** The folder with its history and all else, removed at the end. */
  readonly profilePath: string;
}

export type Preferences = Readonly<Record<string, string | number | boolean>>;

/** Throws when there is none: a test that needs a browser fails rather than pass unseen. */
async function requireFirefox(): Promise<string> {
  for (const path of PROGRAMS[Deno.build.os] ?? []) {
    if (await Deno.stat(path).then(() => true, () => false)) return path;
  }
  throw new Error("Cannot find Firefox: install Debian's firefox-esr, or Mozilla Firefox");
}

export async function startFirefoxProcess(preferences: Preferences): Promise<FirefoxProcess> {
  const program = await requireFirefox();
  const profile = await makeReachableFolder("relatch-firefox-");
  const lines = Object.entries({ ...PREFERENCES, ...preferences })
    .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`);
  await Deno.writeTextFile(`${profile.path}/user.js`, lines.join("\n"));
  const child = new Deno.Command(program, {
    args: [
      "--headless",
      "--no-remote",
      "--marionette",
      // Scripts with Firefox's own rights, without which there is no toolbar to click on.
      "--remote-allow-system-access",
      "--profile",
      profile.path,
    ],
    clearEnv: true,
    env: {
      // As root it refuses a home folder of somebody else's.
      HOME: profile.path,
      PATH: Deno.env.get("PATH") ?? "",
      MOZ_HEADLESS_WIDTH: "1280",
      MOZ_HEADLESS_HEIGHT: "900",
      MOZ_CRASHREPORTER_DISABLE: "1",
    },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let hasEnded = false;
  const status = child.status.finally(() => hasEnded = true);

  async function end(): Promise<void> {
    const deadline = setTimeout(() => child.kill("SIGKILL"), END_MILLISECONDS);
    await status;
    clearTimeout(deadline);
    await profile[Symbol.asyncDispose]();
  }

  try {
    const marionette = await connectMarionette(await readPort());
    return {
      marionette,
      profilePath: profile.path,
      async [Symbol.asyncDispose]() {
        // It may be gone already.
        await marionette.send("Marionette:Quit", { flags: ["eForceQuit"] }).catch(() => {});
        await marionette[Symbol.asyncDispose]();
        await end();
      },
    };
  } catch (error) {
    if (!hasEnded) child.kill();
    await end();
    throw error;
  }

  async function readPort(): Promise<number> {
    let text = "";
    await waitUntil(
      async () => {
        if (hasEnded) throw new Error(`Firefox ended with code ${(await status).code} while it started`);
        text = await Deno.readTextFile(`${profile.path}/MarionetteActivePort`).catch(() => "");
        return text !== "";
      },
      "Firefox listens",
      START_MILLISECONDS,
    );
    return Number(text);
  }
}

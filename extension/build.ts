/**
 * Builds the extension into `<out>/chrome` and `<out>/firefox`, ready to be loaded unpacked.
 * `--server URL` is the address it talks to unless the options say otherwise; `--out DIR` is `dist` by default.
 */
import { gzipSync } from "node:zlib";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { type Bundle, bundleExtension } from "./bundle.ts";
import { type Browser, manifestFor } from "./manifest.ts";
import { parseServerAddress } from "./src/server_address.ts";

const BROWSERS: readonly Browser[] = ["chrome", "firefox"];
const STATIC_FILES = fileURLToPath(new URL("./static/", import.meta.url));

/** What a person waits for: both are read and run when the popup opens for the first time. */
const MEASURED: readonly string[] = ["background", "popup"];

const { values } = parseArgs({
  options: {
    server: { type: "string", default: "http://localhost:8787" },
    out: { type: "string", default: fileURLToPath(new URL("../dist", import.meta.url)) },
  },
});

const address = parseServerAddress(values.server);
if (!address.ok) throw new Error(`Cannot build for server "${values.server}": ${address.reason}`);

const { server } = address;
const bundles = await bundleExtension(server);
for (const browser of BROWSERS) await writePackage(join(values.out, browser), browser);
printSizes(bundles);

async function writePackage(folder: string, browser: Browser): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch((error: unknown) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await copyFolder(STATIC_FILES, folder);
  for (const { name, code } of bundles) await Deno.writeFile(join(folder, `${name}.js`), code);
  await Deno.writeTextFile(
    join(folder, "manifest.json"),
    JSON.stringify(manifestFor(browser), null, 2) + "\n",
  );
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const entry of Deno.readDir(from)) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory) await copyFolder(source, target);
    else await Deno.copyFile(source, target);
  }
}

function printSizes(bundles: Bundle[]): void {
  const sizes = bundles.map(({ name, code }) => ({ name, bytes: gzipSync(code, { level: 9 }).length }));
  const measured = sizes.filter(({ name }) => MEASURED.includes(name));
  const total = measured.reduce((sum, { bytes }) => sum + bytes, 0);
  const lines = sizes.map(({ name, bytes }) => `${name}.js ${bytes} bytes gzip`);
  const text = [`Built for ${server} into ${values.out}`, ...lines];
  Deno.stdout.writeSync(
    new TextEncoder().encode([...text, `${MEASURED.join(" + ")}: ${total} bytes gzip`, ""].join("\n")),
  );
}

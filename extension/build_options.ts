/** What the command line says to build for and where to. */
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { parseServerAddress } from "./src/server_address.ts";

const DEFAULT_SERVER = "http://localhost:8787";
const DEFAULT_FOLDER = fileURLToPath(new URL("../dist", import.meta.url));

export type BuildOptions = { server: string; out: string };

/** `--server` and `--out` of this process. Throws for an address that the extension would not take. */
export function readBuildOptions(): BuildOptions {
  const { values } = parseArgs({
    options: {
      server: { type: "string", default: DEFAULT_SERVER },
      out: { type: "string", default: DEFAULT_FOLDER },
    },
  });
  const address = parseServerAddress(values.server);
  if (!address.ok) throw new Error(`Cannot build for server "${values.server}": ${address.reason}`);
  return { server: address.server, out: values.out };
}

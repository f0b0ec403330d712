/** What the admin command understands: its commands, their arguments, and what it says about wrong ones. */
import { Command, InvalidArgumentError, Option } from "commander";
import * as v from "valibot";
import { HighLevelId } from "#shared/identifiers.ts";
import type { KeyScope } from "../api_keys/key_scope.ts";

/** The commands, each with its arguments judged. */
export interface AdminCommands {
  createKey(request: { name: string; scope: KeyScope }): Promise<void>;
  listKeys(options: { json: boolean }): Promise<void>;
  revokeKey(name: string): Promise<void>;
}

/** The same letters as in `API_KEYS`. */
const KEY_NAME = /^[\w.-]{1,64}$/;

/**
 * Runs what `args` ask for. Throws commander's own errors for wrong arguments, and for a help text that was printed
 * instead; they carry the exit code.
 */
export async function runCommandLine(args: readonly string[], commands: AdminCommands): Promise<void> {
  const program = new Command("deno task admin")
    .description("Works on Relatch's database, beside a running server or without one")
    .exitOverride()
    .showSuggestionAfterError(false)
    // Errors are told by whoever catches them. Asked for colours, commander would read the environment.
    .configureOutput({ outputError: () => {}, getOutHasColors: () => false, getErrHasColors: () => false });
  const keys = program.command("keys").description("API keys, with which integrations get access tokens");
  keys.command("create")
    .description("makes a key and prints it, the only time that it can be read")
    .argument("<name>", "what the list and the log call it", parseName)
    .addOption(
      new Option("--location <id>", "it gets the token of this location").argParser(parseId)
        .conflicts("company"),
    )
    .addOption(
      new Option(
        "--company <id>",
        "it gets the token of this company (agency), and of its locations that were installed one by one",
      ).argParser(parseId),
    )
    .action(async (name: string, options: { location?: string; company?: string }, command: Command) => {
      const scope = scopeOf(options);
      if (scope === undefined) command.error("error: missing option '--location <id>' or '--company <id>'");
      await commands.createKey({ name, scope });
    });
  keys.command("list")
    .description("shows all keys, the revoked ones too")
    .option("--json", "as a JSON array", false)
    .action(async ({ json }: { json: boolean }) => await commands.listKeys({ json }));
  keys.command("revoke")
    .description("ends a key for good: it is refused from then on")
    .argument("<name>", "its name", parseName)
    .action(async (name: string) => await commands.revokeKey(name));
  await program.parseAsync([...args], { from: "user" });
}

function scopeOf({ location, company }: { location?: string; company?: string }): KeyScope | undefined {
  if (location !== undefined) return { kind: "location", id: location };
  return company === undefined ? undefined : { kind: "company", id: company };
}

function parseName(text: string): string {
  if (!KEY_NAME.test(text)) {
    throw new InvalidArgumentError("Expected 1 to 64 letters, digits, dots, dashes or underscores");
  }
  return text;
}

function parseId(text: string): string {
  if (!v.is(HighLevelId, text)) {
    throw new InvalidArgumentError("Expected an id as it stands in the addresses of HighLevel");
  }
  return text;
}

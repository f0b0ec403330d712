import assert from "node:assert/strict";
import { CommanderError } from "commander";
import { runCommandLine } from "../../../server/admin/command_line.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const ID = "ve9EPM428h8vShlRW1KT";

async function callsOf(line: string): Promise<unknown[]> {
  const calls: unknown[] = [];
  await runCommandLine(line.split(" "), {
    createKey: (request) => Promise.resolve(void calls.push(["create", request])),
    listKeys: (options) => Promise.resolve(void calls.push(["list", options])),
    revokeKey: (name) => Promise.resolve(void calls.push(["revoke", name])),
  });
  return calls;
}

Deno.test("runCommandLine() understands the commands, with options before and after arguments", async () => {
  const expected: [string, unknown][] = [
    [`keys create crm --location ${ID}`, ["create", { name: "crm", scope: { kind: "location", id: ID } }]],
    [`keys create --company=${ID} crm`, ["create", { name: "crm", scope: { kind: "company", id: ID } }]],
    ["keys list", ["list", { json: false }]],
    ["keys list --json", ["list", { json: true }]],
    ["keys revoke crm", ["revoke", "crm"]],
  ];
  for (const [line, call] of expected) assert.deepEqual(await callsOf(line), [call], line);
});

Deno.test("runCommandLine() refuses what is no command, and does nothing", async () => {
  const refused: [string, RegExp][] = [
    ["keyz", /unknown command 'keyz'/],
    ["keys make", /unknown command 'make'/],
    [`keys create --location ${ID}`, /missing required argument 'name'/],
    ["keys create crm", /missing option '--location <id>' or '--company <id>'/],
    ["keys create crm --location", /argument missing/],
    ["keys create crm --location short", /Expected an id/],
    [`keys create crm --location ${ID}'--`, /Expected an id/],
    [`keys create crm --location ${ID} --company ${ID}`, /cannot be used with/],
    [`keys create ../crm --location ${ID}`, /Expected 1 to 64 letters/],
    [`keys create ${"x".repeat(65)} --location ${ID}`, /Expected 1 to 64 letters/],
    [`keys create crm again --location ${ID}`, /too many arguments/],
    [`keys create crm --location ${ID} --everything`, /unknown option '--everything'/],
    ["keys list crm", /too many arguments/],
    ["keys revoke", /missing required argument 'name'/],
  ];
  for (const [line, message] of refused) {
    await assert.rejects(callsOf(line), (error) => {
      assert.ok(error instanceof CommanderError, line);
      assert.equal(error.exitCode, 1);
      assert.match(error.message, message);
      return true;
    });
  }
});

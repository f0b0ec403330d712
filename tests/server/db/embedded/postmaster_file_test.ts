import assert from "node:assert/strict";
import { parsePostmasterFile } from "../../../../server/db/embedded/postmaster_file.ts";

const READY = "4711\n/data/postgres\n1790000000\n5432\n/data/socket\n\n    65537    163840\nready   \n";

Deno.test("parsePostmasterFile() reads a running database's process, address and memory", () => {
  assert.deepEqual(parsePostmasterFile(READY), {
    pid: 4711,
    port: 5432,
    socketDirectory: "/data/socket",
    status: "ready",
    hasSharedMemory: true,
  });
});

Deno.test("parsePostmasterFile() sees that a start did not get as far as the shared memory", () => {
  const note = parsePostmasterFile("4711\n/data/postgres\n1790000000\n5432\n\n");
  assert.equal(note?.hasSharedMemory, false);
  assert.equal(note.status, "starting");
});

for (const status of ["starting", "stopping", "ready"]) {
  Deno.test(`parsePostmasterFile() knows the status "${status}"`, () => {
    assert.equal(parsePostmasterFile(READY.replace("ready", status))?.status, status);
  });
}

for (const text of ["", "\n", "zero\n", "0\n", "-4711\n/data\n"]) {
  Deno.test(`parsePostmasterFile() takes ${JSON.stringify(text)} for no note`, () => {
    assert.equal(parsePostmasterFile(text), undefined);
  });
}

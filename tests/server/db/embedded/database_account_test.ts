import assert from "node:assert/strict";
import { parseAccounts } from "../../../../server/db/embedded/database_account.ts";

Deno.test("parseAccounts() reads names and ids, and leaves out comments, empty and damaged lines", () => {
  const passwd = [
    "# User Database",
    "root:x:0:0:root:/root:/bin/bash",
    "",
    "nobody:*:-2:-2:Unprivileged User:/var/empty:/usr/bin/false",
    "postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash",
    "+::::::",
    "broken:x:one:1::/:/bin/sh",
  ].join("\n");
  assert.deepEqual(parseAccounts(passwd), [
    { name: "root", uid: 0, gid: 0 },
    { name: "nobody", uid: 4294967294, gid: 4294967294 },
    { name: "postgres", uid: 101, gid: 104 },
  ]);
});

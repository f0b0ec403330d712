import assert from "node:assert/strict";
import { join } from "node:path";
import { canEnter, findClosedFolder } from "../../../../server/db/embedded/closed_folder.ts";
import { makeReachableFolder } from "../../../support/reachable_folder.ts";

const VISITOR = { uid: 101, gid: 104 };
const FOLDERS = [
  { mode: 0o755, uid: 0, gid: 0, open: true },
  { mode: 0o711, uid: 0, gid: 0, open: true },
  { mode: 0o700, uid: 0, gid: 0, open: false },
  { mode: 0o744, uid: 0, gid: 0, open: false },
  { mode: 0o700, uid: 101, gid: 0, open: true },
  { mode: 0o071, uid: 101, gid: 0, open: false },
  { mode: 0o710, uid: 0, gid: 104, open: true },
  { mode: 0o701, uid: 0, gid: 104, open: false },
];

for (const { open, ...folder } of FOLDERS) {
  const name = `${folder.mode.toString(8)} of ${folder.uid}:${folder.gid}`;
  Deno.test(`canEnter() says ${open ? "yes" : "no"} to a visitor 101:104 of a folder ${name}`, () => {
    assert.equal(canEnter(folder, VISITOR), open);
  });
}

Deno.test({
  name: "findClosedFolder() names the outermost folder that is closed, and nothing where all are open",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await makeReachableFolder();
    const [outer, inner] = [join(folder.path, "outer"), join(folder.path, "outer", "inner")];
    await Deno.mkdir(inner, { recursive: true });
    await Deno.chmod(folder.path, 0o711);
    assert.equal(await findClosedFolder(inner, {}), undefined);
    await Deno.chmod(inner, 0o700);
    assert.equal(await findClosedFolder(inner, {}), inner);
    await Deno.chmod(outer, 0o700);
    assert.equal(await findClosedFolder(inner, {}), outer);
  },
});

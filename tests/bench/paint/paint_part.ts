/** First paint of the popup with a cached status, against a page of the same extension that has nothing to do. */
import { fileURLToPath } from "node:url";
import { buildExtension } from "../../support/build_extension.ts";
import { launchChromium } from "../../support/chromium.ts";
import { FAKE_TOKEN, fakeStatus, hoursFromNow, startFakeRelatch } from "../../support/fake_relatch.ts";
import { freePort } from "../../support/server_process.ts";
import type { BenchSizes } from "../bench_sizes.ts";
import type { DurableCluster } from "../durable_cluster.ts";
import type { Part } from "../figure.ts";
import { alternate, valuesOf } from "../rounds.ts";
import { quantile, spreadOf } from "../spread.ts";
import { paintPopup } from "./paint_popup.ts";

const EMPTY_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Empty</title>
  </head>
  <body>Empty</body>
</html>
`;
const WARM_UPS = 3;

export async function measurePaint(_: DurableCluster, sizes: BenchSizes): Promise<Part> {
  const port = freePort();
  const server = `http://localhost:${port}`;
  const out = fileURLToPath(new URL("../../../dist/bench", import.meta.url));
  const extensionPath = await buildExtension({ server, out });
  await Deno.writeTextFile(`${extensionPath}/empty.html`, EMPTY_PAGE);
  await using fake = await startFakeRelatch(port);
  await using chromium = await launchChromium({ extensionPath, headless: true });
  const page = await chromium.browser.newPage();
  await page.goto(fake.locationPage);
  const worker = await chromium.worker();
  await worker.evaluate(`chrome.storage.local.set(${JSON.stringify(signedIn(server))})`);

  const contenders = ["popup", "empty"].map((name) => ({
    name,
    measure: () => paintPopup({ chromium, page, file: `${name}.html` }),
  }));
  await alternate(contenders, WARM_UPS);
  const rounds = await alternate(contenders, sizes.paints);
  const [popup, empty] = ["popup", "empty"].map((name) => valuesOf(rounds, name, (paint) => paint));
  const [ours, theirs] = [quantile(popup ?? [], 0.5), quantile(empty ?? [], 0.5)];
  const pairs = spreadOf((popup ?? []).map((value, round) => value / (empty?.[round] ?? Number.NaN)));
  return {
    title:
      "First contentful paint of the toolbar's popup, status in its cache: Relatch against an empty page",
    figures: [{
      name: "first contentful paint",
      unit: "ms",
      ours,
      theirs,
      // Single paints vary by whole frames, so that the medians are compared and not each pair.
      ratio: { ...pairs, median: ours / theirs },
      wanted: { atMost: 1.2 },
    }],
  };
}

/** What the extension keeps of a session, and of a status that it has just seen. */
function signedIn(server: string): Record<string, unknown> {
  const status = fakeStatus();
  return {
    session: { id: "s1", server, token: FAKE_TOKEN, expiresAt: hoursFromNow(1000) },
    statuses: {
      sessionId: "s1",
      entries: [{ locationId: status.locationId, status, checkedAt: Date.now() }],
    },
  };
}

/** First paint of the popup with a cached status, against a page of the same extension that has nothing to do. */
import { fileURLToPath } from "node:url";
import { buildExtension } from "../../support/build_extension.ts";
import { launchChromium } from "../../support/chromium.ts";
import { FAKE_TOKEN, fakeStatus, hoursFromNow, startFakeRelatch } from "../../support/fake_relatch.ts";
import { freePort } from "../../support/server_process.ts";
import type { BenchSizes } from "../bench_sizes.ts";
import type { DurableCluster } from "../durable_cluster.ts";
import type { Figure, Part } from "../figure.ts";
import { alternate, ratioOf, valuesOf } from "../rounds.ts";
import { quantile } from "../spread.ts";
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
  await Deno.writeTextFile(
    `${extensionPath}/still.html`,
    stillPage(await Deno.readTextFile(`${extensionPath}/popup.html`)),
  );
  await using fake = await startFakeRelatch(port);
  await using chromium = await launchChromium({ extensionPath, headless: true });
  const page = await chromium.browser.newPage();
  await page.goto(fake.locationPage);
  const worker = await chromium.worker();
  await worker.evaluate(`chrome.storage.local.set(${JSON.stringify(signedIn(server))})`);

  const contenders = ["popup", "empty", "still"].map((name) => ({
    name,
    measure: () => paintPopup({ chromium, page, file: `${name}.html` }),
  }));
  await alternate(contenders, WARM_UPS);
  const rounds = await alternate(contenders, sizes.paints);
  const paints = (name: string) => valuesOf(rounds, name, (paint) => paint);
  return {
    title: "First contentful paint of the toolbar's popup, status in its cache: Relatch against other pages",
    figures: [
      {
        name: "against an empty page",
        unit: "ms",
        ...compare(paints("popup"), paints("empty")),
        wanted: { atMost: 1.2 },
      },
      {
        name: "against one of its style and size without a script",
        unit: "ms",
        ...compare(paints("popup"), paints("still")),
      },
    ],
  };
}

/** The popup's style and size, with nothing to read, to decide or to wait for: what is left for the scripts to lose. */
function stillPage(popup: string): string {
  return popup.replace(/<script.*<\/script>/, "").replace(
    /<div id="app"><\/div>/,
    '<div class="popup">Empty</div>',
  );
}

/** Single paints vary by whole frames, so that the medians are compared and not each pair. */
function compare(
  ours: readonly number[],
  theirs: readonly number[],
): Pick<Figure, "ours" | "theirs" | "ratio"> {
  const [our, their] = [quantile(ours, 0.5), quantile(theirs, 0.5)];
  return { ours: our, theirs: their, ratio: { ...ratioOf(ours, theirs), median: our / their } };
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

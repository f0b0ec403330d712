/** Everything that is known of a history that went wrong, for a person to read. */
import * as v from "valibot";
import type { Moment } from "./find_violations.ts";
import type { HistoryWorld } from "./history_world.ts";
import type { Scene } from "./scene.ts";

const LogLine = v.record(v.string(), v.unknown());

export async function describeFailure(
  world: HistoryWorld,
  { scene, moment: { highlevel, rows }, problems }: {
    scene: Scene;
    moment: Moment;
    problems: readonly string[];
  },
): Promise<string> {
  const { simulator, database } = world.relatch;
  const ids = [...scene.companyIds, ...scene.locationIds];
  const deliveries = simulator.webhooks.deliveries().filter(({ resourceId }) => ids.includes(resourceId));
  const known = ids.flatMap((id) => rows.get(id)?.id ?? []);
  const events = await database<{ id: string; line: string }[]>`
    SELECT connection_id AS id, event || ' ' || cause AS line FROM connection_events
    WHERE connection_id = ANY(${known}) ORDER BY id`;
  const marks = [...known, ...deliveries.map(({ webhookId }) => webhookId)];
  return [
    `History ${scene.number} went wrong:`,
    ...problems.map((problem) => `  ${problem}`),
    `Acts (webhooks are ${scene.plan.delivery}):`,
    ...scene.lines.map((line) => `  ${line}`),
    "Rows and truth:",
    ...ids.flatMap((id) => {
      const row = rows.get(id);
      const { refreshToken = null, mintedToken = null, ...rest } = row ?? {};
      const family = refreshToken === null ? null : highlevel.familyOf(refreshToken);
      const history = events.filter((event) => event.id === row?.id).map(({ line }) => line);
      return [
        `  ${id} row ${
          JSON.stringify({ ...rest, own: family?.ended ?? family?.id, minted: mintedToken !== null })
        }`,
        `  ${id} truth ${
          JSON.stringify(highlevel.location(id) ?? highlevel.company(id) ?? null, withoutTokens)
        }`,
        `  ${id} history ${history.join(", ")}`,
      ];
    }),
    `Switches: ${JSON.stringify(simulator.switches)}`,
    "Webhooks:",
    ...deliveries.map(({ type, resourceId, state, copy, queuedAt, attempts, webhookId }) =>
      `  ${new Date(queuedAt).toISOString()} ${type} ${resourceId} ${state}${
        copy ? " copy" : ""
      } ${webhookId} ${
        attempts.map(({ at, status }) => `${new Date(at).toISOString()} ${status}`).join(", ")
      }`
    ),
    "Log:",
    ...world.logLines().filter((line) => marks.some((mark) => line.includes(mark))).map(shorten),
  ].join("\n");
}

function shorten(line: string): string {
  const fields: unknown = JSON.parse(line);
  const text = Object.entries(v.parse(LogLine, fields)).filter(([name, value]) =>
    value !== null && name !== "level" && name !== "request_id" && name !== "milliseconds"
  );
  return `  ${
    text.map(([name, value]) => name === "time" || name === "event" ? value : `${name}=${value}`).join(" ")
  }`;
}

function withoutTokens(name: string, value: unknown): unknown {
  return name === "head" || name === "scopes" ? undefined : value;
}

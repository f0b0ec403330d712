/** What the page shows, as the part of its address after "#": so that back, forward and links work. */
import { CATEGORIES, type Category } from "./listed_connections.ts";

export type Route =
  | { kind: "list"; category: Category | null }
  | { kind: "connection"; connectionId: string };

/** Reads `location.hash`; whatever is not understood is the whole list. */
export function parseRoute(hash: string): Route {
  const connectionId = /^#([\w-]{8,200})$/.exec(hash)?.[1];
  if (connectionId !== undefined) return { kind: "connection", connectionId };
  return { kind: "list", category: CATEGORIES.find((category) => hash === `#state=${category}`) ?? null };
}

/** The address of `route`, from "#" on. */
export function hashFor(route: Route): string {
  if (route.kind === "connection") return `#${route.connectionId}`;
  // Not "#" alone, which would scroll to the top.
  return route.category === null ? "#all" : `#state=${route.category}`;
}

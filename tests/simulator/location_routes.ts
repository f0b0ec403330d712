/** `GET /locations/:locationId`: one ordinary API operation, with which a client can prove that its token works. */
import { Hono } from "hono";
import { answerApiCall, refusal } from "./api_call.ts";
import type { SimulatorState } from "./simulator_state.ts";

export function locationRoutes(state: SimulatorState): Hono {
  return new Hono().get("/locations/:locationId", (context) =>
    answerApiCall(state, {
      context,
      operation: "location",
      about: context.req.param("locationId"),
      requirement: { authClass: "Location", scope: "locations.readonly" },
      perform({ consent }) {
        const { locationId } = context.req.param();
        const location = state.settings.locations.find(({ id }) => id === locationId);
        if (location === undefined || location.id !== consent.locationId) {
          return refusal(403, "The token does not have access to this location.");
        }
        const { id, companyId, name, address } = location;
        return { status: 200, body: { location: { id, companyId, name, address } } };
      },
    }));
}

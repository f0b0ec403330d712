/** `DELETE /marketplace/app/{appId}/installations`: removes the app from a location, or from an agency and all in it. */
import * as v from "valibot";
import { failure, type Result, success } from "../result.ts";
import { type ApiCaller, callApi, installationsPathOf, type Unusable } from "./api_call.ts";
import type { ApiRefusal } from "./judge_api_refusal.ts";

/** What the token stands for: a Company token names its company, a Location token its location. */
export type UninstallSubject =
  | { readonly companyId: string; readonly reason: string }
  | { readonly locationId: string; readonly reason: string };

const UninstallAnswer = v.object({ success: v.literal(true) });

/**
 * One DELETE, never repeated here; only a new install brings back what it removes. Without a clear answer it may have been
 * carried out all the same, and a repetition then ends in `not_installed` or `token_refused`.
 */
export async function uninstallApp(
  caller: ApiCaller,
  what: UninstallSubject,
): Promise<Result<null, ApiRefusal>> {
  return await callApi(caller, {
    operation: "uninstall",
    method: "DELETE",
    path: installationsPathOf(caller.app),
    body: what,
    parse: ({ json }) => parseUninstalled(json),
  });
}

function parseUninstalled(json: unknown): Result<null, Unusable> {
  const parsed = v.safeParse(UninstallAnswer, json);
  return parsed.success ? success(null) : failure({ field: v.getDotPath(parsed.issues[0]) });
}

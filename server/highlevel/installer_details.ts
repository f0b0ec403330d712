/** `GET /marketplace/app/{appId}/installations`: who installed the app, and under which brand they show HighLevel. */
import * as v from "valibot";
import { failure, type Result, success } from "../result.ts";
import { type ApiCaller, callApi, installationsPathOf, type Unusable } from "./api_call.ts";
import type { ApiRefusal } from "./judge_api_refusal.ts";
import { parseName } from "./resource_name.ts";
import { OptionalId } from "./token_answer.ts";
import { parseWhitelabel } from "./whitelabel_domain.ts";

/** About the agency of the token's install. HighLevel tells more, the owner's name and address among it: not read. */
export interface InstallerDetails {
  readonly companyId: string | null;
  readonly companyName: string | null;
  /** `null`: no white label. */
  readonly whitelabelDomain: string | null;
}

const DetailsAnswer = v.object({
  installationDetails: v.object({
    companyId: OptionalId,
    companyName: v.optional(v.pipe(v.unknown(), v.transform(parseName)), null),
    isWhitelabelCompany: v.optional(v.unknown()),
    whitelabelDetails: v.optional(v.pipe(v.unknown(), v.transform(parseWhitelabel)), null),
  }),
});

/** Works with Company and Location tokens alike; needs the scope `marketplace-installer-details.readonly`. */
export async function readInstallerDetails(caller: ApiCaller): Promise<Result<InstallerDetails, ApiRefusal>> {
  return await callApi(caller, {
    operation: "installer_details",
    method: "GET",
    path: installationsPathOf(caller.app),
    parse: ({ json }) => parseInstallerDetails(json),
  });
}

function parseInstallerDetails(json: unknown): Result<InstallerDetails, Unusable> {
  const parsed = v.safeParse(DetailsAnswer, json);
  if (!parsed.success) return failure({ field: v.getDotPath(parsed.issues[0]) });
  const { companyId, companyName, isWhitelabelCompany, whitelabelDetails } =
    parsed.output.installationDetails;
  return success({
    companyId,
    companyName,
    whitelabelDomain: isWhitelabelCompany === false ? null : whitelabelDetails,
  });
}

/** `GET /marketplace/app/{appId}/installations`: who installed the app, and under which brand they show HighLevel. */
import * as v from "valibot";
import { failure, type Result, success } from "../result.ts";
import { type ApiCaller, callApi, installationsPathOf, type Unusable } from "./api_call.ts";
import type { ApiRefusal } from "./judge_api_refusal.ts";
import { dateIn, type HttpAnswered } from "./http_answer.ts";
import { parseName } from "./resource_name.ts";
import { OptionalId } from "./token_answer.ts";
import { parseWhitelabel } from "./whitelabel_domain.ts";

/** About the agency of the token's install. HighLevel tells more, the owner's name and address among it: not read. */
export interface InstallerDetails {
  readonly companyId: string | null;
  readonly companyName: string | null;
  /** `null`: no white label. `undefined`: not told. */
  readonly whitelabelDomain: string | null | undefined;
  /** When HighLevel said so, by its own clock; `null` when the answer has no date (RFC 9110, section 6.6.1). */
  readonly toldAt: Date | null;
}

/** The date has no parts of a second, and what HighLevel told within that second may have been told before. */
const DATE_MILLISECONDS = 1000;

const DetailsAnswer = v.object({
  installationDetails: v.object({
    companyId: OptionalId,
    companyName: v.optional(v.pipe(v.unknown(), v.transform(parseName)), null),
    isWhitelabelCompany: v.optional(v.unknown()),
    whitelabelDetails: v.optional(v.unknown()),
  }),
});

/** Works with Company and Location tokens alike; needs the scope `marketplace-installer-details.readonly`. */
export async function readInstallerDetails(caller: ApiCaller): Promise<Result<InstallerDetails, ApiRefusal>> {
  return await callApi(caller, {
    operation: "installer_details",
    method: "GET",
    path: installationsPathOf(caller.app),
    parse: parseInstallerDetails,
  });
}

function parseInstallerDetails({ json, headers }: HttpAnswered): Result<InstallerDetails, Unusable> {
  const parsed = v.safeParse(DetailsAnswer, json);
  if (!parsed.success) return failure({ field: v.getDotPath(parsed.issues[0]) });
  const { companyId, companyName, isWhitelabelCompany, whitelabelDetails } =
    parsed.output.installationDetails;
  return success({
    companyId,
    companyName,
    whitelabelDomain: parseWhitelabel({ isWhitelabel: isWhitelabelCompany, details: whitelabelDetails }),
    toldAt: endOfSecond(dateIn(headers)),
  });
}

function endOfSecond(date: Date | null): Date | null {
  return date === null ? null : new Date(date.getTime() + DATE_MILLISECONDS);
}

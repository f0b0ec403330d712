/** Bodies of the control calls about installs and locations. */
import * as v from "valibot";

const AppId = v.optional(v.string());

/** A location or a company, and for which app: the first by default. */
const InstallTarget = v.union([
  v.strictObject({ appId: AppId, locationId: v.string() }),
  v.strictObject({ appId: AppId, companyId: v.string() }),
]);

export const UninstallRequest = InstallTarget;

export const VersionRequest = v.strictObject({ target: InstallTarget, versionId: v.string() });

export const PlanRequest = v.strictObject({ appId: AppId, locationId: v.string(), planId: v.string() });

export const NewLocationRequest = v.strictObject({
  id: v.optional(v.pipe(v.string(), v.regex(/^[\w-]+$/))),
  name: v.optional(v.string()),
  address: v.optional(v.string()),
  companyId: v.optional(v.string()),
});

export const LocationRequest = v.strictObject({
  active: v.optional(v.boolean()),
  name: v.optional(v.string()),
  address: v.optional(v.string()),
});

/** `whitelabel` is the agency's own brand, or null for none. */
export const CompanyRequest = v.strictObject({
  active: v.optional(v.boolean()),
  whitelabel: v.optional(v.nullable(v.strictObject({ domain: v.string(), logoUrl: v.string() }))),
});

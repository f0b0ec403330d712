/** Identifiers in the forms that HighLevel's samples show. They are fresh on each call and mean nothing. */
import { randomBytes, randomInt } from "node:crypto";

const ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** 24 hexadecimal digits: apps, versions, plans, `refreshTokenId`. */
export function randomObjectId(): string {
  return randomBytes(12).toString("hex");
}

/** 20 letters and digits: locations, companies, users. */
export function randomResourceId(): string {
  return Array.from({ length: 20 }, () => ALPHANUMERIC.charAt(randomInt(ALPHANUMERIC.length))).join("");
}

/** 40 hexadecimal digits, as the authorization codes of HighLevel's samples. */
export function randomCode(): string {
  return randomBytes(20).toString("hex");
}

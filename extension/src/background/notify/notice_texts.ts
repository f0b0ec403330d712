/** The words of a notice, in the person's language. */
import { message, textLanguage, words } from "../../message.ts";
import type { Notice } from "./plan_notices.ts";

export function noticeTexts(notice: Notice): { title: string; message: string } {
  return { title: titleOf(notice), message: message("notice_next") };
}

function titleOf(notice: Notice): string {
  switch (notice.kind) {
    case "location": {
      const name = notice.name ?? message("this_location");
      return words({ key: "glance_reconnect_required", values: [name] });
    }
    case "agency":
      return message("notice_agency");
    case "summary":
      return message("notice_summary", [new Intl.NumberFormat(textLanguage()).format(notice.count)]);
  }
}

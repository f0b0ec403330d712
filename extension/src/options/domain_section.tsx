/** The domains on which Relatch may see which location is open: allowed one by one, and taken back here. */
import { message } from "../message.ts";
import { serverHost } from "../server_address.ts";
import type { MessageKey } from "../text.ts";
import { useState } from "hono/jsx/dom";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import { DomainForm } from "./domain_form.tsx";
import type { Domain } from "./domains_for.ts";
import type { OptionsModel, OptionsState } from "./options_model.ts";
import { Section } from "./section.tsx";

type Outcome = { isDone: boolean; text: MessageKey; host: string };

export type DomainSectionProps = { state: OptionsState; model: OptionsModel };

export function DomainSection({ state, model }: DomainSectionProps): JSX.Element {
  const [outcome, setOutcome] = useState<Outcome | null>(null);

  // The browser is asked before anything is awaited, in the click itself.
  async function allow(origin: string, host: string): Promise<boolean> {
    const isDone = await model.allow(origin);
    setOutcome({ isDone, text: isDone ? "options_domain_allowed" : "options_refused", host });
    return isDone;
  }

  async function disallow({ origin, host }: Domain): Promise<void> {
    const isDone = await model.disallow(origin);
    setOutcome({ isDone, text: isDone ? "options_domain_removed" : "options_domain_kept", host });
  }

  return (
    <Section id="domains-title" title="options_domains_title" ended={outcome}>
      <p>{message("options_domains_explained")}</p>
      <ul class="domains">
        {state.domains.map((domain, index) => (
          <li key={domain.origin}>
            <span class="domain">
              <span id={`host-${index}`} class="host" dir="ltr">{domain.host}</span>
              <span class="hint" dir="auto">{noteFor(domain)}</span>
            </span>
            {domain.kind !== "built_in" && (
              <button
                key={domain.kind}
                id={`button-${index}`}
                class="button button-secondary"
                type="button"
                data-action={domain.kind === "allowed" ? "remove_domain" : "allow_domain"}
                aria-labelledby={`button-${index} host-${index}`}
                onClick={() => {
                  void (domain.kind === "allowed" ? disallow(domain) : allow(domain.origin, domain.host));
                }}
              >
                {message(domain.kind === "allowed" ? "action_remove" : "action_allow")}
              </button>
            )}
          </li>
        ))}
      </ul>
      {state.lacksOffers && (
        <p key="lacks-offers" class="hint">{message("server_trouble", [serverHost(state.server)])}</p>
      )}
      <DomainForm domains={state.domains} onAllow={allow} onType={() => setOutcome(null)} />
      <p class={`outcome outcome-${outcome?.isDone ? "saved" : "warning"}`} role="status">
        {outcome !== null && message(outcome.text, [outcome.host])}
      </p>
    </Section>
  );
}

function noteFor({ kind, offer }: Domain): string | null {
  if (kind === "built_in") return message("options_domain_built_in");
  if (kind === "missing") return message("options_domain_missing");
  if (offer === null) return null;
  return offer.companyName === null
    ? message("options_domain_offered")
    : message("options_domain_offered_named", [offer.companyName]);
}

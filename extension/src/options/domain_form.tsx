/** Allows a domain that the person types. */
import { message } from "../message.ts";
import type { MessageKey } from "../text.ts";
import { useRef, useState } from "hono/jsx/dom";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import { type Domain, originFor } from "./domains_for.ts";
import { type DomainProblem, parseDomain } from "./parse_domain.ts";

export type DomainFormProps = {
  domains: Domain[];
  /** Asks the browser; called in the click or key press itself. */
  onAllow: (origin: string, host: string) => Promise<boolean>;
  onType: () => void;
};

type Problem = DomainProblem | "known";

const PROBLEMS: Record<Problem, MessageKey> = {
  not_a_domain: "options_domain_not_a_domain",
  insecure: "options_domain_insecure",
  wildcard: "options_domain_wildcard",
  known: "options_domain_known",
};

export function DomainForm({ domains, onAllow, onType }: DomainFormProps): JSX.Element {
  const input = useRef<HTMLInputElement | null>(null);
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);

  async function allow(): Promise<void> {
    // Not the state, which comes a moment after the last key.
    const parsed = parseDomain(input.current?.value ?? typed);
    if (!parsed.ok) return setProblem(parsed.reason);
    const origin = originFor(parsed.domain);
    const isKnown = domains.some((domain) =>
      domain.origin === origin && (domain.kind === "built_in" || domain.kind === "allowed")
    );
    if (isKnown) return setProblem("known");
    if (await onAllow(origin, parsed.domain)) setTyped("");
  }

  return (
    <form
      novalidate
      onSubmit={(event: Event) => {
        event.preventDefault();
        onType();
        void allow();
      }}
    >
      <label for="domain">{message("options_domain_label")}</label>
      <div class="field">
        <input
          ref={input}
          id="domain"
          type="text"
          inputmode="url"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          aria-describedby="domain-hint domain-problem"
          aria-invalid={problem === null ? "false" : "true"}
          value={typed}
          onInput={(event: InputEvent) => {
            if (event.target instanceof HTMLInputElement) setTyped(event.target.value);
            setProblem(null);
            onType();
          }}
        />
        <button class="button button-secondary" type="submit" data-action="allow_typed">
          {message("action_allow")}
        </button>
      </div>
      <p id="domain-hint" class="hint">{message("options_domain_hint")}</p>
      <p id="domain-problem" class="outcome outcome-problem" role="status">
        {problem !== null && message(PROBLEMS[problem])}
      </p>
    </form>
  );
}

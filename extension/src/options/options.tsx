/** The options page: one calm column of sections over what the model knows. */
import { Logo } from "../logo.tsx";
import { message } from "../message.ts";
import { useSyncExternalStore } from "hono/jsx/dom";
import type { JSX } from "hono/jsx/dom/jsx-runtime";
import { DomainSection } from "./domain_section.tsx";
import { LanguageSection } from "./language_section.tsx";
import { NotificationSection } from "./notification_section.tsx";
import type { OptionsModel } from "./options_model.ts";
import { Section } from "./section.tsx";
import { ServerForm } from "./server_form.tsx";
import { SessionSection } from "./session_section.tsx";
import { StoredSection } from "./stored_section.tsx";

export type OptionsProps = { model: OptionsModel; builtInServer: string; version: string };

export function Options({ model, builtInServer, version }: OptionsProps): JSX.Element {
  const state = useSyncExternalStore(model.subscribe, model.state);

  return (
    <div class="options">
      <header>
        <Logo />
        <h1>{message("options_title")}</h1>
      </header>
      <main>
        <Section id="server-title" title="options_server_title">
          <ServerForm
            server={state.server}
            isSignedIn={state.isSignedIn}
            builtInServer={builtInServer}
            check={model.checkServer}
            onSave={model.saveServer}
          />
        </Section>
        <DomainSection state={state} model={model} />
        <NotificationSection isNotifying={state.isNotifying} model={model} />
        <LanguageSection
          language={state.language}
          onChange={(language) => void model.setLanguage(language)}
        />
        <SessionSection state={state} model={model} />
        <StoredSection model={model} />
      </main>
      <footer>{message("options_version", [version])}</footer>
    </div>
  );
}

/** One part of the options with its heading, which takes the focus when the control that had it is gone. */
import { message } from "../message.ts";
import type { MessageKey } from "../text.ts";
import { useEffect, useRef } from "hono/jsx/dom";
import type { JSX } from "hono/jsx/dom/jsx-runtime";

export type SectionProps = {
  id: string;
  title: MessageKey;
  /** Becomes another value when something that the person did here has ended. */
  ended?: unknown;
  children: unknown;
};

export function Section({ id, title, ended, children }: SectionProps): JSX.Element {
  const heading = useRef<HTMLHeadingElement | null>(null);
  const before = useRef(ended);
  useEffect(() => {
    if (before.current !== ended && document.activeElement === document.body) heading.current?.focus();
    before.current = ended;
  }, [ended]);
  return (
    <section aria-labelledby={id}>
      <h2 id={id} ref={heading} tabindex={-1}>{message(title)}</h2>
      {children}
    </section>
  );
}

/** Keeps the focus from being lost with what had it. */
import { useEffect, useRef } from "hono/jsx/dom";

/**
 * When what had the focus is gone after a change of `shown`, the focus goes to the heading and not to nowhere. A change that
 * came by itself moves no focus that is anywhere else.
 */
export function useFocusAfterChange(heading: { current: HTMLElement | null }, shown: unknown): void {
  const focused = useRef<EventTarget | null>(null);
  useEffect(() => {
    const onFocus = ({ target }: FocusEvent): void => {
      focused.current = target;
    };
    document.addEventListener("focusin", onFocus);
    return () => document.removeEventListener("focusin", onFocus);
  }, []);
  useEffect(() => {
    const isLost = focused.current instanceof Element && !focused.current.isConnected;
    if (isLost && document.activeElement === document.body) heading.current?.focus();
  }, [shown]);
}

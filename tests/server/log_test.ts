import assert from "node:assert/strict";
import { createLogger, errorFields } from "../../server/log.ts";

Deno.test.sanitizer({ ops: true, resources: true });

Deno.test("createLogger() writes one JSON line an event, from its level upwards", () => {
  const lines: string[] = [];
  const logger = createLogger({ level: "warn", write: (line) => lines.push(line) });
  logger.debug("hidden");
  logger.info("hidden");
  logger.warn("shown", { text: "two\nlines", absent: undefined });
  logger.error("shown_too", { count: 2 });
  assert.equal(lines.length, 2);
  const [first, second] = lines.map((line) => JSON.parse(line));
  assert.deepEqual({ ...first, time: "" }, { time: "", level: "warn", event: "shown", text: "two\nlines" });
  assert.equal(second.count, 2);
  assert.ok(!lines.some((line) => line.includes("\n")));
});

Deno.test("createLogger() does not throw when there is nowhere to write", () => {
  const logger = createLogger({
    level: "info",
    write: () => {
      throw new Deno.errors.BrokenPipe("Broken pipe");
    },
  });
  logger.info("unheard");
});

Deno.test("errorFields() tells messages and causes, and no other property of an error", () => {
  const cause = Object.assign(new Error("the cause"), { parameters: ["a-secret"] });
  const error = Object.assign(new Error("the error", { cause }), { request: { authorization: "a-secret" } });
  const text = JSON.stringify(errorFields(error));
  assert.match(text, /the error/);
  assert.match(text, /the cause/);
  assert.doesNotMatch(text, /a-secret/);
});

Deno.test("errorFields() does not print a thrown value that is no error", () => {
  assert.doesNotMatch(JSON.stringify(errorFields("a-secret")), /a-secret/);
});

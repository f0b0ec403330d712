import assert from "node:assert/strict";
import { type CallOutcome, createCallGate } from "../../../server/rotation/call_gate.ts";
import { createVirtualClock } from "../../support/virtual_clock.ts";

Deno.test.sanitizer({ ops: true, resources: true });

function createGate() {
  const clock = createVirtualClock();
  const changes: string[] = [];
  const gate = createCallGate({
    clock,
    random: () => 0.999,
    onChange: (trouble, change) => changes.push(`${trouble} ${change}`),
  });
  const call = (outcome: CallOutcome) => gate.settle(gate.begin(), outcome);
  const probe = (outcome: CallOutcome) => gate.settle(gate.beginProbe(), outcome);
  return { gate, clock, changes, call, probe };
}

const at = (seconds: number) => new Date(seconds * 1000);
const accepted = (seconds = 1): CallOutcome => ({ kind: "accepted", claimedAt: at(seconds) });
const refused = (connectionId: string): CallOutcome => ({ kind: "refused", what: "client", connectionId });
const dead = (connectionId: string): CallOutcome => ({ kind: "refused", what: "token", connectionId });
const unanswered = (connectionId: string): CallOutcome => ({ kind: "unavailable", connectionId });
const limited = (connectionId: string, pauseSeconds: number | null): CallOutcome => ({
  kind: "limited",
  connectionId,
  pauseSeconds,
});
const ANSWERED: CallOutcome = { kind: "answered" };

Deno.test("the gate lets any number of calls through as long as HighLevel answers", () => {
  const { gate, call, changes } = createGate();
  for (let count = 0; count < 20; count++) {
    call(count % 2 === 0 ? accepted() : ANSWERED);
    assert.deepEqual(gate.allowance(), { calls: "any" });
  }
  assert.deepEqual(changes, []);
});

Deno.test("the gate stops everything at the first refusal of the credentials and asks with one canary at once", () => {
  const { gate, call, changes } = createGate();
  call(refused("a"));
  assert.deepEqual(gate.allowance(), { calls: "one", canary: true });
  gate.beginProbe();
  assert.equal(gate.allowance().calls, "none");
  assert.deepEqual([changes, gate.shutFor()], [[], null]);
});

Deno.test("the gate opens without a word when the canary is accepted: one install was removed", () => {
  const { gate, call, probe, changes } = createGate();
  call(refused("a"));
  probe(accepted());
  assert.deepEqual(gate.allowance(), { calls: "any" });
  assert.deepEqual(changes, []);
});

Deno.test("the gate tells once when a second install is refused too, and once when the credentials are accepted", () => {
  const { gate, clock, call, probe, changes } = createGate();
  call(refused("a"));
  probe(refused("b"));
  assert.deepEqual([changes, gate.shutFor()], [["client_rejected began"], "client_rejected"]);
  for (let count = 0; count < 10; count++) {
    clock.advance(60_000);
    probe(refused(`c${count}`));
  }
  assert.deepEqual(changes, ["client_rejected began"]);
  clock.advance(60_000);
  probe(accepted());
  assert.deepEqual(changes, ["client_rejected began", "client_rejected passed"]);
  assert.deepEqual([gate.allowance(), gate.shutFor()], [{ calls: "any" }, null]);
});

Deno.test("the gate opens when a person's code is exchanged", () => {
  const { gate, call, probe, changes } = createGate();
  call(refused("a"));
  gate.nothingToProbe();
  probe(refused("a"));
  call({ kind: "accepted", claimedAt: null });
  assert.deepEqual(gate.allowance(), { calls: "any" });
  assert.deepEqual(changes, ["client_rejected began", "client_rejected passed"]);
  assert.equal(gate.acceptedAt(), null);
});

Deno.test("the gate is certain of a single refused install when there is no other to ask with", () => {
  const { gate, call, changes } = createGate();
  call(refused("a"));
  gate.nothingToProbe();
  assert.deepEqual([changes, gate.shutFor()], [["client_rejected began"], "client_rejected"]);
});

Deno.test("the gate opens when there is no install left that anything could be wrong with", () => {
  const { gate, call, changes } = createGate();
  call(refused("a"));
  gate.nothingToProbe();
  gate.nothingLeft();
  assert.deepEqual([gate.allowance(), gate.shutFor()], [{ calls: "any" }, null]);
  assert.deepEqual(changes, ["client_rejected began", "client_rejected passed"]);
});

Deno.test("the gate does not believe an acceptance whose call began before the refusal", () => {
  const { gate, changes } = createGate();
  const [before, other] = [gate.begin(), gate.begin()];
  gate.settle(other, refused("a"));
  gate.settle(before, accepted());
  assert.deepEqual(gate.allowance(), { calls: "one", canary: true });
  assert.deepEqual(changes, []);
});

Deno.test("the gate probes less and less often, but at least every 30 seconds", () => {
  const { gate, clock, call, probe } = createGate();
  call(refused("a"));
  const waits: number[] = [];
  for (let count = 0; count < 10; count++) {
    probe(refused("b"));
    const allowance = gate.allowance();
    assert.ok(allowance.calls === "none");
    waits.push(Math.round(allowance.seconds));
    clock.advance(allowance.seconds * 1000);
    assert.equal(gate.allowance().calls, "one");
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 30, 30, 30, 30, 30]);
});

Deno.test("calls that were under way when the gate shut do not put the first probe off", () => {
  const { gate, call } = createGate();
  for (let count = 0; count < 16; count++) call(refused(`a${count}`));
  assert.deepEqual(gate.allowance(), { calls: "one", canary: true });
});

Deno.test("the gate takes three connections in a row without an answer for an outage, and fewer for accidents", () => {
  const { gate, call, changes } = createGate();
  call(unanswered("a"));
  call(unanswered("b"));
  call(ANSWERED);
  call(unanswered("c"));
  call(unanswered("c"));
  call(unanswered("d"));
  assert.deepEqual([gate.allowance(), changes], [{ calls: "any" }, []]);
  call(unanswered("e"));
  assert.deepEqual([changes, gate.shutFor()], [["highlevel_unavailable began"], "highlevel_unavailable"]);
  assert.deepEqual(gate.allowance(), { calls: "one", canary: false });
});

Deno.test("the gate opens after an outage with the first definite answer, whatever it says", () => {
  for (const outcome of [accepted(), ANSWERED, limited("z", null), dead("z")]) {
    const { gate, call, probe, changes } = createGate();
    for (const id of ["a", "b", "c"]) call(unanswered(id));
    probe(outcome);
    assert.deepEqual(gate.allowance(), { calls: "any" });
    assert.deepEqual(changes, ["highlevel_unavailable began", "highlevel_unavailable passed"]);
  }
});

Deno.test("the gate does not take an unanswered canary for a refusal, and uses none during an outage", () => {
  const { gate, clock, call, probe, changes } = createGate();
  call(refused("a"));
  probe(unanswered("b"));
  assert.deepEqual([changes, gate.shutFor()], [[], null]);
  for (const id of ["c", "d"]) probe(unanswered(id));
  clock.advance(60_000);
  assert.deepEqual(gate.allowance(), { calls: "one", canary: false });
});

Deno.test("the gate takes refused tokens for their own matter, until three in a row are", () => {
  const { gate, call, probe, changes } = createGate();
  for (const id of ["a", "b"]) call(dead(id));
  call(accepted());
  for (const id of ["c", "d"]) call(dead(id));
  assert.deepEqual(gate.allowance(), { calls: "any" });
  call(dead("e"));
  assert.deepEqual(gate.allowance(), { calls: "one", canary: true });
  probe(accepted());
  assert.deepEqual([gate.allowance(), changes], [{ calls: "any" }, []]);
  for (const id of ["f", "g", "h"]) call(dead(id));
  probe(dead("i"));
  assert.deepEqual([changes, gate.shutFor()], [["tokens_rejected began"], "tokens_rejected"]);
});

Deno.test("the gate lets the next probe start when one could not be sent", () => {
  const { gate, call, probe } = createGate();
  call(refused("a"));
  probe({ kind: "not_called" });
  assert.deepEqual(gate.allowance(), { calls: "one", canary: true });
});

Deno.test("the gate leaves one connection's limit to that connection, and waits for ten seconds when it is everybody's", () => {
  const { gate, clock, call } = createGate();
  for (let count = 0; count < 5; count++) call(limited("a", 3600));
  assert.deepEqual(gate.allowance(), { calls: "any" });
  call(limited("b", 3600));
  assert.deepEqual(gate.allowance(), { calls: "none", seconds: 10 });
  clock.advance(10_000);
  call(accepted());
  assert.deepEqual(gate.allowance(), { calls: "any" });
  for (const id of ["a", "b"]) call(limited(id, 3));
  assert.deepEqual(gate.allowance(), { calls: "none", seconds: 3 });
});

Deno.test("the gate remembers the latest acceptance", () => {
  const { gate, call } = createGate();
  assert.equal(gate.acceptedAt(), null);
  call(accepted(20));
  call(accepted(10));
  assert.deepEqual(gate.acceptedAt(), at(20));
});

Deno.test("the gate counts only the first outcome of a call", () => {
  const { gate } = createGate();
  const pass = gate.begin();
  gate.settle(pass, refused("a"));
  gate.settle(pass, { kind: "not_called" });
  gate.settle(pass, accepted());
  assert.deepEqual(gate.allowance(), { calls: "one", canary: true });
});

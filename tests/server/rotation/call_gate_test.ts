import assert from "node:assert/strict";
import { type CallOutcome, createCallGate, type GateChange } from "../../../server/rotation/call_gate.ts";
import { createVirtualClock } from "../../support/virtual_clock.ts";

Deno.test.sanitizer({ ops: true, resources: true });

function createGate() {
  const clock = createVirtualClock();
  const changes: GateChange[] = [];
  const gate = createCallGate({ clock, random: () => 0.999, onChange: (change) => changes.push(change) });
  const call = (outcome: CallOutcome) => gate.settle(gate.begin(), outcome);
  return { gate, clock, changes, call };
}

const at = (seconds: number) => new Date(seconds * 1000);
const accepted = (seconds = 1): CallOutcome => ({
  kind: "accepted",
  claimedAt: at(seconds),
  pauseSeconds: null,
});
const refused = (connectionId: string, alone = false): CallOutcome => ({
  kind: "client_rejected",
  connectionId,
  alone,
});
const unanswered = (connectionId: string): CallOutcome => ({ kind: "unavailable", connectionId });
const ANSWERED: CallOutcome = { kind: "answered", pauseSeconds: null };

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
  gate.begin();
  assert.equal(gate.allowance().calls, "none");
  assert.deepEqual([changes, gate.shutFor()], [[], null]);
});

Deno.test("the gate opens without a word when the canary is accepted: one install was removed", () => {
  const { gate, call, changes } = createGate();
  call(refused("a"));
  call(accepted());
  assert.deepEqual(gate.allowance(), { calls: "any" });
  assert.deepEqual(changes, []);
});

Deno.test("the gate alarms once when a second install is refused too, and once when the credentials are accepted", () => {
  const { gate, clock, call, changes } = createGate();
  call(refused("a"));
  call(refused("b"));
  assert.deepEqual([changes, gate.shutFor()], [["client_rejected"], "client_rejected"]);
  for (let count = 0; count < 10; count++) {
    clock.advance(60_000);
    call(refused(`c${count}`));
  }
  assert.deepEqual(changes, ["client_rejected"]);
  clock.advance(60_000);
  call(accepted());
  assert.deepEqual(changes, ["client_rejected", "client_accepted"]);
  assert.deepEqual([gate.allowance(), gate.shutFor()], [{ calls: "any" }, null]);
});

Deno.test("the gate alarms for a single refused install when there is no other to ask with", () => {
  const { gate, call, changes } = createGate();
  call(refused("a"));
  gate.nothingToProbe();
  assert.deepEqual([changes, gate.shutFor()], [["client_rejected"], "client_rejected"]);
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
  const { gate, clock, call } = createGate();
  call(refused("a"));
  const waits: number[] = [];
  for (let count = 0; count < 10; count++) {
    call(refused("b"));
    const allowance = gate.allowance();
    assert.ok(allowance.calls === "none");
    waits.push(Math.round(allowance.seconds));
    clock.advance(allowance.seconds * 1000);
    assert.equal(gate.allowance().calls, "one");
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 30, 30, 30, 30, 30]);
});

Deno.test("the gate stays open for an install that is known to be refused alone", () => {
  const { gate, call, changes } = createGate();
  call(refused("a", true));
  assert.deepEqual(gate.allowance(), { calls: "any" });
  assert.deepEqual(changes, []);
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
  assert.deepEqual([changes, gate.shutFor()], [["highlevel_unavailable"], "highlevel_unavailable"]);
  assert.deepEqual(gate.allowance(), { calls: "one", canary: false });
});

Deno.test("the gate opens after an outage with the first definite answer, whatever it says", () => {
  for (const outcome of [accepted(), ANSWERED]) {
    const { gate, call, changes } = createGate();
    for (const id of ["a", "b", "c"]) call(unanswered(id));
    call(outcome);
    assert.deepEqual([gate.allowance(), changes], [{ calls: "any" }, [
      "highlevel_unavailable",
      "highlevel_available",
    ]]);
  }
});

Deno.test("the gate does not take an unanswered canary for a refusal", () => {
  const { gate, call, changes } = createGate();
  call(refused("a"));
  call(unanswered("b"));
  assert.deepEqual([changes, gate.shutFor()], [[], null]);
});

Deno.test("the gate lets the next probe start when one could not be sent", () => {
  const { gate, call } = createGate();
  call(refused("a"));
  call({ kind: "not_called" });
  assert.deepEqual(gate.allowance(), { calls: "one", canary: true });
});

Deno.test("the gate waits as long as HighLevel asks, ten seconds at most for all connections", () => {
  const { gate, clock, call } = createGate();
  call({ kind: "answered", pauseSeconds: 5 });
  assert.deepEqual(gate.allowance(), { calls: "none", seconds: 5 });
  clock.advance(5000);
  assert.deepEqual(gate.allowance(), { calls: "any" });
  call({ kind: "answered", pauseSeconds: 3600 });
  assert.deepEqual(gate.allowance(), { calls: "none", seconds: 10 });
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

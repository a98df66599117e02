// Proofs on pages: the badge of each event in a history verifies itself when it comes into view, and the page of an
// event shows every step. The verification is proof.js; here is only what people see of it.

import { verify } from "./proof.js";

const main = document.getElementById("main");
const words = document.getElementById("proofs").dataset;
const quietly = { headers: { "Switchboard-Idle": "1" }, redirect: "manual" };

const ask = async (path) => {
  const answer = await fetch(path, quietly);
  if (!answer.ok) throw new Error(answer.statusText);
  return answer;
};

let key; // of the log, as the server names it
const logKey = () => (key ??= ask("/audit/key").then((a) => a.json()).then((k) => k.key).catch((e) => { key = undefined; throw e; }));

// prove verifies that the event with this number and this hash, as they stand on the page, is in the log.
async function prove({ proof, hash }, by) {
  const text = await (await ask(`/audit/events/${proof}/proof`)).text();
  return verify(text, by ?? (await logKey()), { seq: Number(proof), hash });
}

// --- Badges. ---

// An event that is younger may not be under a signed head yet, and asking for its proof would have one signed for it.
const settled = 15_000;

// A proof that could not be had is asked for again after a while.
const patience = 30_000;
let later;

const proved = new Map(); // what became of each event
const asked = new Set();
let turn = Promise.resolve(); // one after the other: a badge is never in a hurry

const event = ({ dataset }) => `${dataset.proof} ${dataset.hash}`;

function check(badge) {
  const which = event(badge), { proof, hash } = badge.dataset;
  if (asked.has(which)) return;
  asked.add(which);
  turn = turn.then(() => prove({ proof, hash })).then((found) => { proved.set(which, found); mark(); }, () => {
    asked.delete(which);
    clearTimeout(later);
    later = setTimeout(watch, patience);
  });
}

// mark shows on each badge what became of its event. A page that was brought up to date has forgotten it.
function mark() {
  for (const badge of main.querySelectorAll("[data-proof]:not([data-proved])")) {
    const found = proved.get(event(badge));
    if (!found) continue;
    const state = found.good ? "good" : found.bad ? "bad" : "blind";
    badge.dataset.proved = state;
    badge.querySelector("[data-word]").textContent = words[state];
    const use = badge.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, state === "good" ? "#badge-check" : "#shield-alert"));
  }
}

const inView = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    inView.unobserve(target);
    const at = Date.parse(target.closest("li, tr, section, div")?.querySelector("time")?.dateTime);
    setTimeout(() => target.isConnected && check(target), Math.max(0, at + settled - Date.now()) || 0);
  }
});

const watch = () => { mark(); for (const badge of main.querySelectorAll("[data-proof]:not([data-proved])")) inView.observe(badge); };
watch();
main.addEventListener("fresh", watch);

// Who points at a badge, or comes to it by the keyboard, wants to know now.
for (const what of ["pointerover", "focusin"]) {
  main.addEventListener(what, (e) => { const badge = e.target.closest?.("[data-proof]"); if (badge) check(badge); });
}

// --- Every step. ---

function show(box, result) {
  const list = box.querySelector("[data-steps]"), verdict = box.querySelector("[data-verdict]");
  for (const { step, state, say } of result.found) {
    const li = list.querySelector(`[data-step="${step}"]`);
    li.dataset.state = state;
    li.querySelector("[data-state]").textContent = list.dataset[state];
    li.querySelector("[data-say]").textContent = say;
  }
  const state = result.good ? "good" : result.bad ? "bad" : "blind";
  verdict.dataset.verdict = state;
  verdict.textContent = verdict.dataset[state];
  box.dataset.done = state;
}

for (const box of document.querySelectorAll("[data-verify]")) {
  prove({ proof: box.dataset.verify, hash: box.dataset.hash }, box.dataset.key).then((result) => show(box, result));
}

// A proof that somebody was given, checked by a key that they keep. Neither leaves the browser.
for (const form of document.querySelectorAll("form[data-check]")) {
  const [text, by, file] = ["proof", "key", "file"].map((name) => form.elements[name]);
  const look = async () => {
    if (!text.value.trim()) return;
    const result = await verify(text.value, by.value);
    show(form, result);
    form.querySelector("[data-event]").textContent = result.event ? [result.event.seq, result.event.kind, result.event.subject, result.event.actor, result.event.at].join(" · ") : "";
  };
  form.addEventListener("submit", (e) => { e.preventDefault(); look(); });
  for (const field of [text, by]) field.addEventListener("input", look);
  file.addEventListener("change", async () => { if (file.files[0]) { text.value = await file.files[0].text(); look(); } });
}

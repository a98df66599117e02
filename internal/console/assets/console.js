// What the desk's pages do by script: they keep themselves true, find while one types, and obey the keyboard. Without
// it every page still works. Charts, maps, proofs and passkeys have modules of their own, loaded by pages that need them.

const main = document.getElementById("main");
const say = (text) => { document.getElementById("announce").textContent = text; };

// --- What the page shows anew, when something it shows has changed. ---

// Elements with data-keep are not touched; neither is what somebody is writing, or has opened or closed.
const keeps = {
  beforeNodeMorphed(old, fresh) {
    if (!(old instanceof Element)) return true;
    if (old.hasAttribute("data-keep") && old.getAttribute("data-keep") === fresh.getAttribute?.("data-keep")) return false;
    if (old.classList.contains("here")) fresh.classList?.add("here"); // the row that was chosen
    if (old.tagName === "DETAILS" || old.tagName === "DIALOG") fresh.open = old.open;
    if (old.tagName === "FORM" && old.method === "post") {
      if (written(old)) return false;
      if (means(old) !== means(fresh)) rest(old);
    }
    return true;
  },
  afterNodeAdded(fresh) {
    if (!(fresh instanceof Element)) return;
    for (const form of [fresh, ...fresh.querySelectorAll("form")]) if (form.matches("form[method=post]")) rest(form);
  },
};

// A form that decides, data-decides, and came to mean something else under somebody's eyes rests a moment: nobody can have
// seen what it would do.
const unseen = 1000, resting = new WeakMap(); // forms, until when
const means = (form) => form.getAttribute("action") + " " + form.elements?.seen?.value;
function rest(form) {
  if (!form.querySelector("[data-decides]")) return;
  resting.set(form, performance.now() + unseen);
  form.animate([{ outline: "3px solid currentColor" }, { outline: "3px solid transparent" }], unseen);
}

const written = (form) => form.contains(document.activeElement) && document.activeElement !== document.body ||
  [...form.elements].some((e) => e.type !== "hidden" && e.type !== "checkbox" && e.value !== undefined && e.defaultValue !== undefined && e.value !== e.defaultValue ||
    e.type === "checkbox" && e.checked !== e.defaultChecked);

let asking, again = false;

// refresh asks for this page anew and changes what differs. If more changes meanwhile, it does so once more. What a form
// answered is told once, and is something else when it is asked for: of that, or if one only looks, whether one is
// still let in.
async function refresh(look = false) {
  if (asking) { again = true; return; }
  asking = true;
  try {
    const answer = await fetch(location.href, { headers: { "Switchboard-Idle": "1" }, redirect: "manual", cache: "no-store" });
    if (answer.type === "opaqueredirect") { location.replace(location.pathname + location.search); return; } // signed out
    if (!answer.ok || look || "answer" in main.dataset) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const part = fresh.getElementById("main");
    if (!part) return;
    part.querySelector(".flash")?.remove();
    const said = main.querySelector(".flash");
    if (said) part.prepend(said.cloneNode(true));
    main.dataset.refresh = part.dataset.refresh;
    Idiomorph.morph(main, [...part.childNodes], { morphStyle: "innerHTML", ignoreActiveValue: true, callbacks: keeps });
    document.title = fresh.title;
    main.dispatchEvent(new CustomEvent("fresh", { bubbles: true }));
  } catch {
    // no connection: the stream says so
  } finally {
    asking = false;
    if (again) { again = false; soon(); }
  }
}

// soon brings the page up to date, but not more often than it pauses between.
let waiting, last = 0, pause = 300;
const soon = () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => { last = Date.now(); refresh(); }, Math.max(100, last + pause - Date.now()));
};

// A page says in data-live what it shows: subjects like "agent:20810200", kinds of subjects like "partner:", kinds of
// events like "=activation.", or "*"; of those alone it hears.
let stream, later, missed = false;
const root = document.documentElement.dataset, told = document.getElementById("announce").dataset;
const topics = () => main.dataset.live.trim().split(/\s+/).filter(Boolean);
function listen() {
  clearTimeout(later);
  if (!topics().length || document.hidden || stream) return;
  if (topics().some((t) => !t.includes(":") || t.endsWith(":"))) pause = 2000; // much may change there
  stream = new EventSource("/live?topics=" + encodeURIComponent(topics().join(" ")));
  stream.onmessage = (m) => {
    if (missed) { missed = false; soon(); } // what happened meanwhile
    delete root.lost;
    root.live = "yes"; // for whoever waits until changes are heard
    if (JSON.parse(m.data).length) { soon(); say(told.changed); }
  };
  stream.onerror = () => {
    missed = true;
    root.lost = "yes";
    say(told.lost);
    if (stream.readyState !== EventSource.CLOSED) return; // it tries again by itself
    hush(); // the session is over, or there are too many streams: then the page asks, as long as it may
    refresh();
    later = setTimeout(listen, 15_000);
  };
}

function hush() {
  clearTimeout(later);
  if (stream) { stream.close(); stream = undefined; missed = true; }
  delete root.live;
}

// A browser opens few connections to a host, and each stream takes one: a page that nobody sees gives its own back.
function wake() {
  if (document.hidden) { hush(); return; }
  listen();
  if (!stream) refresh(true);
}
document.addEventListener("visibilitychange", wake);
addEventListener("pagehide", hush);
addEventListener("pageshow", (e) => { if (e.persisted) wake(); });
listen();

// What no event tells of, a page asks for by itself, every so many seconds. All other pages that hear nothing ask now and
// then whether one is still let in: nothing of them must stay where a session has ended.
const beat = () => setTimeout(() => {
  const often = main.dataset.refresh.trim();
  if (!document.hidden && (often || !stream && document.body.classList.contains("desk"))) refresh(!often);
  beat();
}, (Number(main.dataset.refresh) || 20) * 1000);
beat();

// --- Times that say how long ago. ---

const relative = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always", style: "long" });
function ago() {
  for (const t of document.querySelectorAll("time[data-ago]")) {
    const s = (Date.parse(t.dateTime) - Date.now()) / 1000, a = Math.abs(s);
    if (a < 60) continue;
    const [n, unit] = a < 3600 ? [s / 60, "minute"] : a < 172800 ? [s / 3600, "hour"] : [s / 86400, "day"];
    t.textContent = relative.format(Math.trunc(n), unit);
  }
}
setInterval(ago, 30_000);

// --- The zone of this browser, told once. ---

if (!/(^|; )zone=/.test(document.cookie) && document.body.classList.contains("desk")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=lax` + (location.protocol === "https:" ? "; secure" : "");
  refresh();
}

// --- Finding while one types. ---

const find = document.getElementById("find"), finds = document.getElementById("finds");
if (find) {
  let asked = 0, typing, chosen = -1;
  const close = () => { finds.hidden = true; find.setAttribute("aria-expanded", "false"); find.removeAttribute("aria-activedescendant"); chosen = -1; };
  const choose = (n) => {
    const items = [...finds.children];
    chosen = (n + items.length) % items.length;
    items.forEach((li, i) => li.setAttribute("aria-selected", i === chosen));
    find.setAttribute("aria-activedescendant", items[chosen].id);
    items[chosen].scrollIntoView({ block: "nearest" });
  };
  const look = async () => {
    const mine = ++asked, text = find.value.trim();
    if (text.length < 2) { close(); return; }
    const answer = await fetch("/find?part=list&q=" + encodeURIComponent(text), { headers: { "Switchboard-Idle": "1" }, redirect: "manual" });
    if (mine !== asked || !answer.ok || document.activeElement !== find) return;
    const list = new DOMParser().parseFromString(await answer.text(), "text/html").querySelectorAll("li[role=option]");
    finds.replaceChildren(...list);
    if (list.length) { finds.hidden = false; find.setAttribute("aria-expanded", "true"); chosen = -1; } else close();
  };
  find.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(look, 120); });
  find.addEventListener("blur", () => setTimeout(close, 150));
  find.addEventListener("keydown", (e) => {
    if (e.key === "Escape") { if (finds.hidden) find.blur(); close(); }
    if (finds.hidden) return;
    if (e.key.startsWith("Arrow")) { asked++; clearTimeout(typing); } // the list one walks through stays
    if (e.key === "ArrowDown") { e.preventDefault(); choose(chosen + 1); }
    if (e.key === "ArrowUp") { e.preventDefault(); choose(chosen < 0 ? -1 : chosen - 1); }
  });
  find.form.addEventListener("submit", (e) => { if (!finds.hidden && chosen >= 0) { e.preventDefault(); location.href = finds.children[chosen].dataset.href; } });
  finds.addEventListener("mousedown", (e) => { const li = e.target.closest("li"); if (li) { e.preventDefault(); location.href = li.dataset.href; } });
}

// --- The keyboard. Whatever has data-key is reached by it; "g r" is two keys, one after the other. ---

let before = "", beforeAt = 0;
const typingIn = (e) => e.closest?.("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]");
document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || typingIn(e.target) || document.querySelector("dialog[open]")) return;
  if (e.repeat) return; // one press is one wish, however long it lasts
  if (e.key === "?") { open("keys"); e.preventDefault(); return; }
  const both = Date.now() - beforeAt < 1200 && before ? before + " " + e.key : e.key;
  const found = byKey(both) || byKey(e.key);
  [before, beforeAt] = [e.key, Date.now()];
  if (!found) return;
  e.preventDefault();
  before = "";
  press(found);
});
const byKey = (key) => document.querySelector(`.here [data-key="${CSS.escape(key)}"]`) || [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find((x) => x.checkVisibility()) ||
  document.querySelector(`.side [data-key="${CSS.escape(key)}"], .menu [data-key="${CSS.escape(key)}"]`);

// press opens what opens, goes where a link leads, writes where one writes, and does what a button does; but what
// decides, data-decides, it only leads to, and not before one can have seen what there is to decide.
function press(x) {
  if ("decides" in x.dataset) { if (performance.now() > unseen) x.focus(); return; }
  if (x.tagName === "SUMMARY") {
    x.parentElement.open = true;
    (x.parentElement.querySelector("input:not([type=hidden]), select, textarea, button") || x).focus();
  } else if (x.matches("input:not([type=checkbox]), select, textarea")) { x.focus(); x.select?.(); } else x.click();
}

// Rows one walks through: j and k choose one, enter opens it.
document.addEventListener("keydown", (e) => {
  const rows = [...document.querySelectorAll("[data-rows] tbody tr, [data-rows] > li")];
  if (!rows.length || e.ctrlKey || e.metaKey || e.altKey || typingIn(e.target) || document.querySelector("dialog[open]") || !["j", "k"].includes(e.key)) return;
  const at = rows.findIndex((r) => r.classList.contains("here"));
  const to = Math.max(0, Math.min(rows.length - 1, at + (e.key === "j" ? 1 : -1)));
  rows.forEach((r, i) => r.classList.toggle("here", i === to));
  (rows[to].querySelector("a") || rows[to]).focus();
  rows[to].scrollIntoView({ block: "nearest" });
});

function open(id) {
  const dialog = document.getElementById(id);
  const list = dialog.querySelector("[data-keys]");
  if (list) list.replaceChildren(...[["?", dialog.querySelector("h2").textContent], ...[...document.querySelectorAll("[data-key]:not(.menu *)")].filter((x, i, all) => all.findIndex((y) => y.dataset.key === x.dataset.key) === i).map((x) => [x.dataset.key, named(x)])].flatMap(row));
  dialog.showModal();
}
const wording = (x) => [...x.childNodes].filter((n) => !n.classList?.contains("unseen")).map((n) => n.textContent).join(" ").trim();
const named = (x) => [x.dataset.keyText, !x.matches("input, select, textarea") ? wording(x) : x.dataset.keyText ? "" : wording(x.labels[0])].filter(Boolean).join(" ");
const row = ([key, text]) => {
  const dt = document.createElement("dt"), dd = document.createElement("dd");
  dt.append(...key.split(" ").flatMap((k) => { const e = document.createElement("kbd"); e.textContent = k; return [e, " "]; }));
  dd.textContent = text;
  return [dt, dd];
};
document.addEventListener("click", (e) => {
  const opener = e.target.closest("[data-open]");
  if (opener) open(opener.dataset.open);
  const copier = e.target.closest("[data-copy]");
  if (copier) navigator.clipboard?.writeText(copier.dataset.copy).then(() => say(copier.dataset.copied));
  for (const d of document.querySelectorAll(".person[open], .menu[open]")) if (!d.contains(e.target)) d.open = false;
});
document.addEventListener("keydown", (e) => {
  if (e.key !== "Escape") return;
  const d = e.target.closest?.("details[open]");
  if (d) { d.open = false; d.querySelector("summary").focus(); }
});

// --- Forms: filters act at once, and nothing is sent twice. ---

document.addEventListener("change", (e) => { if (e.target.form?.matches("[data-auto]")) e.target.form.requestSubmit(); });
document.addEventListener("submit", (e) => {
  if (e.defaultPrevented || e.target.method !== "post") return;
  if (e.target.dataset.sent || resting.get(e.target) > performance.now()) { e.preventDefault(); return; }
  e.target.dataset.sent = "yes";
});
addEventListener("pageshow", () => { for (const f of document.querySelectorAll("[data-sent]")) delete f.dataset.sent; });

// What was refused is where one goes on.
main.querySelector(".fault:not([hidden]), [aria-invalid=true]")?.scrollIntoView({ block: "center" });

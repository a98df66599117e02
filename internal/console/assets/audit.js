// The record: a search that goes on by itself while it finds little, and a verification that tells how far it is.

const main = document.getElementById("main");
const parse = (html) => new DOMParser().parseFromString(html, "text/html");

// --- A search looks at a stretch of the record at a time: the next one is asked for until there is a page full. ---

const wanted = 50, steps = 200;

async function follow() {
  for (let n = 0; n < steps; n++) {
    const next = main.querySelector("[data-follow]"), list = main.querySelector("[data-found]");
    if (!next || list.querySelectorAll("li").length >= wanted) return;
    main.querySelector("[data-looking]").hidden = false;
    const answer = await fetch(next.href, { headers: { "Switchboard-Idle": "1" }, redirect: "manual" });
    if (!answer.ok) break;
    const page = parse(await answer.text()), more = page.querySelector("[data-found]"), mine = list.querySelector("ol");
    if (mine) mine.append(...more.querySelectorAll("ol > li"));
    else list.replaceChildren(...more.children);
    main.querySelector("[data-further]").replaceWith(page.querySelector("[data-further]"));
    main.dispatchEvent(new CustomEvent("fresh", { bubbles: true }));
  }
}
follow();

// --- A verification. ---

for (const form of document.querySelectorAll("form[data-progress]")) form.addEventListener("submit", (e) => { e.preventDefault(); run(form); });

async function run(form) {
  const out = document.getElementById(form.dataset.progress), bar = out.querySelector("progress"), button = form.querySelector("button");
  const report = out.querySelector("[data-report]"), far = out.querySelector("[data-far]");
  button.disabled = true;
  out.hidden = false;
  bar.hidden = false;
  bar.removeAttribute("value");
  report.replaceChildren();
  far.textContent = out.dataset.begun;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/x-ndjson" }, redirect: "manual" });
    if (!answer.headers.get("Content-Type")?.startsWith("application/x-ndjson")) throw new Error(out.dataset.failed);
    await each(answer.body, (line) => {
      if (line.problem) throw new Error(line.problem);
      bar.max = line.total || 1;
      bar.value = line.events;
      far.textContent = out.dataset.far.replace("{events}", line.events.toLocaleString()).replace("{total}", line.total.toLocaleString());
      if (line.report) report.replaceChildren(...parse(line.report).body.childNodes);
    });
    if (!report.childNodes.length) throw new Error(out.dataset.failed);
    far.textContent = "";
  } catch (e) {
    far.textContent = "";
    const p = document.createElement("p");
    p.className = "fault";
    p.textContent = e.message;
    report.replaceChildren(p);
  }
  bar.hidden = true;
  button.disabled = false;
}

// each reads lines of JSON as they come.
async function each(stream, take) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) take(JSON.parse(line));
  }
}

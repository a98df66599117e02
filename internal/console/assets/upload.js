// A file on its way: how much of it has arrived is shown, and then where it leads.

const main = document.getElementById("main");

main.addEventListener("submit", (e) => {
  const form = e.target;
  if (!form.matches("form[data-upload]")) return;
  e.preventDefault();
  const out = form.querySelector("[data-sending]"), bar = out.querySelector("progress"), far = out.querySelector("[data-far]");
  const button = form.querySelector("button");
  const send = new XMLHttpRequest();
  button.disabled = true;
  out.hidden = false;
  send.upload.onprogress = (p) => {
    bar.max = p.total;
    bar.value = p.loaded;
    far.textContent = p.loaded < p.total ? `${Math.floor((100 * p.loaded) / p.total)} %` : out.dataset.sent;
  };
  send.onload = () => {
    if (send.status === 204) { location.href = send.getResponseHeader("Location"); return; }
    const page = new DOMParser().parseFromString(send.responseText, "text/html").getElementById("main");
    if (page) main.replaceChildren(...page.childNodes);
    main.querySelector(".fault")?.scrollIntoView({ block: "center" });
  };
  send.onerror = () => { button.disabled = false; out.hidden = true; far.textContent = ""; };
  send.open("POST", form.action);
  send.setRequestHeader("Accept", "application/json");
  send.send(new FormData(form));
});

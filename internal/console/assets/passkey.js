// A passkey is asked for, or made, when its form is sent: the browser's answer goes with the form.
for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.addEventListener("submit", async (e) => {
    if (form.elements.credential.value) return;
    e.preventDefault();
    const told = form.querySelector(".fault");
    told.hidden = true;
    try {
      const options = JSON.parse(form.dataset.options).publicKey;
      const credential = form.dataset.passkey === "get"
        ? await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) })
        : await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
      form.elements.credential.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch (problem) {
      told.textContent = form.dataset.failed + " " + problem.message;
      told.hidden = false;
    }
  });
}

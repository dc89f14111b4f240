// Says what happened when a key could not be used: django-allauth's script only writes it to the console.
(() => {
  "use strict";

  const trouble = document.querySelector("[data-key-trouble]");
  if (!trouble) return;

  const kindOf = (error) => {
    if (!window.PublicKeyCredential) return "unknown";
    if (error && error.name === "InvalidStateError") return "known";
    if (error && (error.name === "NotAllowedError" || error.name === "AbortError")) return "refused";
    return navigator.onLine ? "refused" : "offline";
  };

  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    const kind = kindOf(event.detail.exception);
    trouble.hidden = true;
    trouble.querySelectorAll("[data-kind]").forEach((text) => {
      text.hidden = text.dataset.kind !== kind;
    });
    // Hidden, then shown: a second failure is read aloud as the first was.
    requestAnimationFrame(() => {
      trouble.hidden = false;
      trouble.scrollIntoView({ block: "nearest" });
    });
  });
})();

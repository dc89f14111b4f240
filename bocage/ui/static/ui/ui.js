// Small improvements; every page works without them.
(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("js");

  // After a refused form: go to the summary, which reads the errors out.
  var summary = document.querySelector("[data-focus]");
  if (summary && !summary.closest(".sample")) summary.focus();

  // The links of the summary put the cursor in the field.
  document.addEventListener("click", function (event) {
    var link = event.target.closest(".error-summary a[href^='#']");
    var target = link && document.getElementById(link.hash.slice(1));
    if (target) {
      event.preventDefault();
      var zone = target.closest(".field") || target;
      zone.scrollIntoView();
      target.focus({ preventScroll: true });
    }
    if (event.target.closest("[data-print]")) window.print();
  });

  // One press of a button sends a form once.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    window.setTimeout(function () { delete form.dataset.sent; }, 8000);
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) { delete form.dataset.sent; });
  });

  // Characters left in long answers, told once the person stops typing.
  document.querySelectorAll("textarea[data-maxlength]").forEach(function (area) {
    var most = Number(area.dataset.maxlength), note = document.createElement("p"), timer;
    note.className = "hint";
    note.setAttribute("role", "status");
    area.after(note);
    function tell() {
      var left = most - Array.from(area.value).length; // an emoji is one, as on the server
      if (left > most * 0.3) note.textContent = "";
      else if (left >= 0) note.textContent = "Il vous reste " + left + (left > 1 ? " caractères." : " caractère.");
      else note.textContent = "Votre texte est trop long de " + -left + (left < -1 ? " caractères." : " caractère.");
    }
    area.addEventListener("input", function () { clearTimeout(timer); timer = setTimeout(tell, 600); });
    tell();
  });

  // A file that is too heavy is said before it is sent.
  document.querySelectorAll("input[type=file][data-max-bytes]").forEach(function (input) {
    input.addEventListener("change", function () {
      var most = Number(input.dataset.maxBytes);
      var heavy = Array.prototype.find.call(input.files, function (file) { return file.size > most; });
      input.setCustomValidity(heavy ? "Le fichier «\u00a0" + heavy.name + "\u00a0» dépasse " + Math.round(most / 1e6) + "\u00a0Mo. Choisissez-en un plus léger." : "");
      if (heavy) input.reportValidity();
    });
  });

  // Long lists that one may narrow by typing (communes).
  function fold(text) { return text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[^a-z0-9]+/g, " ").trim(); }
  document.querySelectorAll("input[data-filter]").forEach(function (input) {
    var list = document.getElementById(input.dataset.filter);
    if (!list) return;
    var none = document.getElementById(input.dataset.filter + "-none");
    input.addEventListener("input", function () {
      var wanted = fold(input.value), shown = 0;
      list.querySelectorAll("[data-words]").forEach(function (item) {
        item.hidden = wanted && fold(item.dataset.words).indexOf(wanted) < 0;
        if (!item.hidden) shown += 1;
      });
      if (none) none.hidden = shown > 0;
    });
  });
})();

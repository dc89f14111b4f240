// Saves a draft field by field; without it, each step saves. Says so, and says when it cannot.
(function () {
  "use strict";
  var form = document.querySelector("form[data-autosave]");
  if (!form || !window.fetch || !window.FormData) return;
  var zone = form.querySelector("[data-fields]");
  var state = form.querySelector("[data-save-state]");
  var timer, running = false, again = false, waiting = 0;

  function say(text, alert) {
    state.textContent = text;
    state.classList.toggle("lost", Boolean(alert));
  }

  function body() {
    var data = new FormData(form);
    Array.prototype.forEach.call(form.querySelectorAll("input[type=file]"), function (input) { data.delete(input.name); });
    return data;
  }

  function chosen() {
    return Array.prototype.some.call(zone.querySelectorAll("input[type=file]"), function (input) { return input.files.length; });
  }

  function replace(html) {
    // Files chosen and not yet sent would be lost: the fields then change with the next step.
    var active = document.activeElement;
    // So would the one being chosen: the dialogue belongs to the field that opened it.
    if (chosen() || (active && active.type === "file")) return;
    var id = active && zone.contains(active) ? active.id : "";
    var start = active && active.selectionStart, end = active && active.selectionEnd;
    zone.innerHTML = html;
    var back = id && document.getElementById(id);
    if (!back) return;
    back.focus({ preventScroll: true });
    try { if (start !== null && start !== undefined) back.setSelectionRange(start, end); } catch (error) { /* not a text field */ }
  }

  function save() {
    clearTimeout(timer);
    if (running) { again = true; return; }
    running = true;
    var sent = JSON.stringify(Array.from(body().entries()));
    fetch(form.dataset.autosave, { method: "POST", body: body(), credentials: "same-origin", redirect: "manual", headers: { "X-Requested-With": "fetch" } })
      .then(function (answer) {
        if (answer.type === "opaqueredirect" || answer.status === 403) { say(form.dataset.out, true); return null; }
        if (!answer.ok && answer.status !== 409) throw new Error(String(answer.status));
        return answer.json();
      })
      .then(function (told) {
        waiting = 0;
        if (!told) return;
        if (told.state === "sent") { window.location.assign(told.url); return; }
        if (told.state !== "saved") return;
        say(form.dataset.saved + (chosen() ? ". " + form.dataset.chosen : ""));
        // What was typed meanwhile is newer than the answer: leave the fields alone, the next save brings them.
        if (told.html && JSON.stringify(Array.from(body().entries())) === sent) replace(told.html);
      })
      .catch(function () {
        say(form.dataset.lost, true);
        waiting = Math.min((waiting || 2) * 2, 60);
        timer = setTimeout(save, waiting * 1000);
      })
      .finally(function () {
        running = false;
        if (again) { again = false; save(); }
      });
  }

  form.addEventListener("change", function (event) {
    if (event.target.type !== "file") save();
    else say(chosen() ? form.dataset.chosen : "");
  });
  form.addEventListener("input", function (event) { if (event.target.type === "file") return; clearTimeout(timer); timer = setTimeout(save, 1500); });
  window.addEventListener("online", save);
})();

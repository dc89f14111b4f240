/* Dragging fields within their step: an addition to the up and down buttons, which it presses by their number. */
"use strict";
for (const list of document.querySelectorAll("[data-editor-list]")) {
  const form = list.closest("form");
  let dragged = null;
  for (const item of list.children) item.draggable = true;
  list.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("li");
    if (dragged) dragged.dataset.dragged = "";
  });
  list.addEventListener("dragover", (event) => {
    if (!dragged) return;
    event.preventDefault();
    const over = event.target.closest("li");
    if (!over || over === dragged || over.parentNode !== list) return;
    const below = event.clientY > over.getBoundingClientRect().top + over.offsetHeight / 2;
    list.insertBefore(dragged, below ? over.nextSibling : over);
  });
  list.addEventListener("dragend", () => {
    if (!dragged) return;
    delete dragged.dataset.dragged;
    const by = [...list.children].indexOf(dragged) - Number(dragged.dataset.index);
    if (by) {
      const move = document.createElement("input");
      move.type = "hidden";
      move.name = "move";
      move.value = `${dragged.dataset.place}:${by}`;
      form.append(move);
      form.submit();
    }
    dragged = null;
  });
  [...list.children].forEach((item, index) => { item.dataset.index = index; });
}

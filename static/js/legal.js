// Redaction review: keys act on the chosen lines or the line one is on; a selection becomes the span's two numbers.
"use strict";

const judge = document.querySelector("[data-judge]");
judge?.addEventListener("click", (event) => {
  const button = event.target.closest("button[name=state]");
  if (!button || judge.querySelector("tbody input:checked")) return;
  const line =
    judge.querySelector("tr[aria-selected=true]") ||
    (judge.contains(document.activeElement) && document.activeElement.closest("tbody tr"));
  const box = (line || judge.querySelector("tbody tr"))?.querySelector("input[type=checkbox]");
  if (box) box.checked = true;
});
if (judge && location.hash === "#redactions") {
  const first = judge.querySelector("tbody tr");
  first?.setAttribute("aria-selected", "true");
  first?.querySelector("a")?.focus();
}

const area = document.querySelector("[data-select-span]");
const points = (text) => [...text].length; // the server counts characters, the browser counts half of some
function take() {
  const { value, selectionStart, selectionEnd } = area;
  if (selectionStart === selectionEnd) return;
  document.getElementById("id_start").value = points(value.slice(0, selectionStart));
  document.getElementById("id_end").value = points(value.slice(0, selectionEnd));
  document.getElementById("selected").value = value.slice(selectionStart, selectionEnd).slice(0, 200);
}
for (const name of ["select", "keyup", "mouseup"]) area?.addEventListener(name, take);
if (area) {
  // in a read-only area Chromium moves no caret by key: it is open to keys, and takes none in
  const whole = area.value;
  area.readOnly = false;
  area.setAttribute("aria-readonly", "true");
  area.addEventListener("beforeinput", (event) => event.preventDefault());
  area.addEventListener("input", () => {
    area.value = whole;
  }); // what an input method writes cannot be refused beforehand
}

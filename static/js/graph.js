// A link of the graph leads to its line of the table and opens the judgement there.
"use strict";

document.addEventListener("click", (event) => {
  const edge = event.target.closest("a[data-pair]");
  if (!edge) return;
  event.preventDefault();
  document.querySelectorAll("a[data-pair].chosen").forEach((one) => one.classList.remove("chosen"));
  edge.classList.add("chosen");
  const row = document.getElementById(`pair-${edge.dataset.pair}`);
  document.querySelectorAll("#links tr[aria-selected]").forEach((one) => one.removeAttribute("aria-selected"));
  row.setAttribute("aria-selected", "true");
  row.scrollIntoView({ block: "nearest" });
  const judge = row.querySelector("details");
  if (judge) judge.open = true;
  (row.querySelector("select") || row.querySelector("a")).focus({ preventScroll: true });
});

// How many rows are ticked, beside the button that acts on them.
document.addEventListener("change", (event) => {
  if (!event.target.matches("table input[type=checkbox]")) return;
  const ticked = document.querySelectorAll("input[name=member]:checked").length;
  document.querySelectorAll("[data-count-ticked]").forEach((one) => {
    one.textContent = ticked ? `${ticked}` : "";
  });
});

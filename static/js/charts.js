// Draws <figure data-chart="address"> from JSON: a Plotly figure, a table of the same numbers, a text alternative.
"use strict";

const isDark = () => {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
};

function element(name, attributes, text) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function tableOf(table) {
  const box = element("div", { class: "scroll tall chart-table", hidden: "", tabindex: "0" });
  const made = element("table");
  const head = made.createTHead().insertRow();
  const numeric = (column) => typeof (table.rows[0] || [])[column] === "number";
  table.head.forEach((name, column) =>
    head.append(element("th", { scope: "col", class: numeric(column) ? "num" : "" }, name)),
  );
  const body = made.createTBody();
  table.rows.forEach((cells) => {
    const row = body.insertRow();
    cells.forEach((cell) =>
      row.append(
        element(
          "td",
          typeof cell === "number" ? { class: "num" } : {},
          typeof cell === "number" ? cell.toLocaleString("en") : cell,
        ),
      ),
    );
  });
  box.append(made);
  if (table.note) box.append(element("p", { class: "muted" }, table.note));
  return box;
}

// The library is large: it runs when there is a figure to draw, and the page can be used before.
const library = document.currentScript.dataset.library;
let loading = null;
function plotly() {
  loading ||= new Promise((loaded, failed) => {
    const script = element("script", { src: library });
    script.addEventListener("load", loaded);
    script.addEventListener("error", failed);
    document.head.append(script);
  });
  return loading;
}

let asTables = false;

// One view for the whole page: charts or the tables of the same numbers.
function show(figure) {
  figure.querySelector(".chart-table").hidden = !asTables;
  figure.querySelector(".plot").hidden = asTables;
  figure.querySelector("button").setAttribute("aria-pressed", String(asTables));
  if (!asTables) Plotly.Plots.resize(figure.querySelector(".plot"));
}

function toggle() {
  const button = element(
    "button",
    { class: "btn quiet", type: "button", "data-key": "t", "aria-pressed": "false" },
    "Tables ",
  );
  button.append(element("kbd", {}, "t"));
  button.addEventListener("click", () => {
    asTables = !asTables;
    document.querySelectorAll("figure[data-drawn]").forEach(show);
  });
  return button;
}

async function draw(figure) {
  const join = figure.dataset.chart.includes("?") ? "&" : "?";
  const address = `${figure.dataset.chart}${join}theme=${isDark() ? "dark" : "light"}`;
  figure.replaceChildren(element("p", { class: "muted", role: "status" }, "Reading the lake…"));
  const asked = fetch(address, { headers: { Accept: "application/json" } });
  const [answer] = await Promise.all([asked, plotly()]).catch(() => [null]);
  if (!answer || !answer.ok) {
    figure.replaceChildren(element("p", { class: "muted" }, "This chart could not be made now; reload to try again."));
    return;
  }
  const chart = await answer.json();
  const words = element("figcaption", { class: "muted" }, chart.text);
  if (!chart.figure) {
    figure.replaceChildren(words);
    return;
  }
  const plot = element("div", { class: "plot", role: "img", "aria-label": chart.text });
  const table = tableOf(chart.table);
  figure.replaceChildren(plot, table, words, toggle());
  await Plotly.newPlot(plot, chart.figure.data, chart.figure.layout, { displayModeBar: false, responsive: true });
  figure.dataset.drawn = "yes";
  show(figure);
}

const drawAll = () => document.querySelectorAll("figure[data-chart]").forEach(draw);
document.addEventListener("DOMContentLoaded", drawAll);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);

// Charts inside a fragment that htmx put in later.
document.addEventListener("htmx:afterSwap", (event) => {
  const place = event.detail.elt;
  if (place) place.querySelectorAll("figure[data-chart]:not([data-drawn])").forEach(draw);
});

// A button that gives a figure another address, such as hours for days.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-redraw]");
  if (!button) return;
  const figure = document.getElementById(button.dataset.redraw);
  figure.dataset.chart = button.dataset.address;
  document
    .querySelectorAll(`button[data-redraw="${CSS.escape(button.dataset.redraw)}"]`)
    .forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
  draw(figure);
});

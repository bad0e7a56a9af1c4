// Starts Swagger UI on our own schema. A file of its own: the policy allows no inline script.
"use strict";

const main = document.getElementById("api");
const theme = document.documentElement.dataset.theme;
const system = window.matchMedia("(prefers-color-scheme: dark)");

const dress = () => {
  const dark = theme === "dark" || (theme !== "light" && system.matches);
  document.documentElement.classList.toggle("dark-mode", dark);
};
dress();
system.addEventListener("change", dress);

const withToken = (request) => {
  const own = new URL(request.url, window.location.href).origin === window.location.origin;
  if (own && request.method && !["GET", "HEAD", "OPTIONS"].includes(request.method.toUpperCase())) {
    request.headers["X-CSRFToken"] = main.dataset.csrf;
  }
  return request;
};

// The library's headings start at the third level and its preface stands in no landmark: both are said to who cannot see them.
const LEVELS = { H1: 2, H3: 2, H4: 3, H5: 4 };
const name = () => {
  main.querySelectorAll("h1, h3, h4, h5").forEach((one) => one.setAttribute("aria-level", LEVELS[one.tagName]));
  main.querySelectorAll(".information-container, .scheme-container").forEach((part) => {
    part.setAttribute("role", "region");
    part.setAttribute("aria-label", part.matches(".scheme-container") ? "Signing in" : "About this API");
  });
};
new MutationObserver(name).observe(main, { childList: true, subtree: true });

window.SwaggerUIBundle({
  url: main.dataset.schema,
  domNode: main,
  presets: [window.SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  tryItOutEnabled: false,
  persistAuthorization: false,
  validatorUrl: null,
  requestInterceptor: withToken,
});

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

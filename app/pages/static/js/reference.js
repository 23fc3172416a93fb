const root = document.documentElement;
const prefersDark = matchMedia("(prefers-color-scheme: dark)").matches;
root.classList.toggle("dark-mode", root.dataset.theme ? root.dataset.theme === "dark" : prefersDark);

// Swagger UI is a classic script; deferred, it has run before this module does.
window.SwaggerUIBundle({
  url: "/openapi.json",
  domNode: document.getElementById("reference"),
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: -1,
  validatorUrl: null,
});

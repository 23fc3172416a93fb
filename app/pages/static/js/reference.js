const root = document.documentElement;
const prefersDark = matchMedia("(prefers-color-scheme: dark)").matches;
root.classList.toggle("dark-mode", root.dataset.theme ? root.dataset.theme === "dark" : prefersDark);

// Its own layout has a second main part, and links inside of buttons; both keep readers out.
const parts = () => ({
  wrapComponents: {
    BaseLayout: (_, { React, getComponent }) => ({ specSelectors }) => {
      const part = (name, isConnected) => React.createElement(getComponent(name, isConnected), { key: name });
      const shown = specSelectors.loadingStatus() === "success";
      return React.createElement("div", { className: "swagger-ui" }, [
        part("SvgAssets"),
        part("errors", true),
        ...(shown ? [part("AuthorizeBtnContainer", true), part("operations", true)] : []),
      ]);
    },
    DeepLink: (_, { React }) => ({ text }) => React.createElement("span", null, text),
  },
});

// Swagger UI is a classic script; deferred, it has run before this module does.
window.SwaggerUIBundle({
  url: "/openapi.json",
  domNode: document.getElementById("reference"),
  deepLinking: true,
  plugins: [parts],
  docExpansion: "list",
  defaultModelsExpandDepth: -1,
  validatorUrl: null,
});

// What an opened path shows has no names of its own, and examples that only a pointer scrolls.
const reference = document.getElementById("reference");

const NAMELESS = {
  ".opblock select": "Media type",
  ".live-responses-table": "Answer",
  ".responses-table": "Responses",
  ".body-param__text": "Body",
};

function name(element, what) {
  const block = element.closest(".opblock");
  const method = block.querySelector(".opblock-summary-method").textContent;
  const { path } = block.querySelector("[data-path]").dataset;
  const parameter = element.closest("[data-param-name]")?.dataset.paramName;
  element.setAttribute("aria-label", `${parameter ?? what} of ${method} ${path}`);
}

new MutationObserver(() => {
  for (const [selector, what] of Object.entries(NAMELESS))
    reference.querySelectorAll(`${selector}:not([aria-label])`).forEach((element) => name(element, what));
  reference.querySelectorAll("pre:not([tabindex])").forEach((example) => example.setAttribute("tabindex", "0"));
}).observe(reference, { childList: true, subtree: true });

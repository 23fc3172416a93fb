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

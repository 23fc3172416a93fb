// OpenChemLib, fetched when the first editor is opened.
const here = new URL(import.meta.url);
let loaded;

export function chemistry() {
  loaded ??= load();
  return loaded;
}

async function load() {
  const library = await import(new URL("../vendor/openchemlib.js", here));
  await library.Resources.registerFromUrl(new URL("../vendor/openchemlib.json", here).href);
  return library;
}

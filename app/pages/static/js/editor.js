// Draws a molecule, or a part of one, into the text area that a data-draw button names.
import { chemistry } from "./chemistry.js";

export function drawInto(dialog) {
  const shown = dialog.querySelector("#editor-smiles code");
  let library;
  let editor;
  let target;

  async function open(name) {
    target = document.getElementById(name);
    dialog.returnValue = "";
    dialog.showModal();
    editor ??= await create();
    editor.setMolecule(new library.Molecule(0, 0));
    shown.textContent = "";
  }

  async function create() {
    library = await chemistry();
    const made = new library.CanvasEditor(dialog.querySelector("#editor-canvas"));
    made.setOnChangeListener(() => {
      shown.textContent = smiles(made.getMolecule());
    });
    return made;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-draw]");
    if (button) open(button.dataset.draw);
  });
  dialog.addEventListener("close", () => {
    const drawn = editor && smiles(editor.getMolecule());
    if (dialog.returnValue !== "use" || !drawn) return;
    const before = target.value.replace(/\n*$/, "");
    target.value = `${before}${before ? "\n" : ""}${drawn}\n`;
    target.dispatchEvent(new Event("input", { bubbles: true }));
    target.focus();
  });
}

function smiles(molecule) {
  return molecule.getAllAtoms() ? molecule.toIsomericSmiles() : "";
}

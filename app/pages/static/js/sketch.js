// A structure editor and the boxes of SMILES beside it: what changes in one changes in the other.
import { chemistry } from "./chemistry.js";

export async function keepInStep(place, boxes) {
  if (!place || !boxes.length) return;
  let box = boxes[0];
  const library = await chemistry();
  const editor = new library.CanvasEditor(place);
  editor.setOnChangeListener(({ type, isUserEvent }) => {
    if (type !== "molecule" || !isUserEvent) return;
    const molecule = editor.getMolecule();
    box.value = molecule.getAllAtoms() ? molecule.toIsomericSmiles() : "";
    box.dispatchEvent(new Event("input", { bubbles: true, cancelable: true }));
  });

  function show() {
    try {
      editor.setMolecule(library.Molecule.fromSmiles(box.value.trim()));
    } catch {
      // Half-typed SMILES: the drawing stays until it can be read.
    }
  }

  for (const one of boxes) {
    one.addEventListener("input", (event) => {
      if (!event.cancelable) show();
    });
    one.addEventListener("focus", () => {
      if (one === box) return;
      box = one;
      show();
    });
  }
  show();
}

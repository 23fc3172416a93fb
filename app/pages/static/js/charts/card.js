// What is shown beside a point under the pointer: the drawing, and what is known of the molecule.
export function card(smiles, lines) {
  const box = document.createElement("div");
  box.className = "card";
  if (smiles) {
    const drawing = document.createElement("img");
    drawing.className = "structure";
    drawing.width = 180;
    drawing.height = 120;
    drawing.alt = "";
    const query = new URLSearchParams({ smiles, width: 180, height: 120 });
    drawing.src = `/v1/molecules/depiction.svg?${query}`;
    box.append(drawing);
  }
  for (const text of lines) {
    const line = document.createElement("div");
    line.textContent = text;
    box.append(line);
  }
  return box;
}

export function short(value) {
  return value === null || value === undefined ? "–" : String(Number(value.toPrecision(3)));
}

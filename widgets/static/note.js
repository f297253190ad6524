function render({ model, el }) {
  const draw = (body) => {
    body.textContent = model.get("text");
    body.hidden = !model.get("text");
    body.className = `wb wb-note ${model.get("level")}`;
  };
  return shell(model, el, ["text", "level"], draw, "wb-note");
}
export default { render };

// A slider and the number beside it say the same; each move asks the server for new pictures.
// Without this script the button "Voir l'effet" does it.
document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("[data-sliders]");
  if (!form) return;
  let waiting = 0;
  const ask = () => {
    const address = new URL(form.getAttribute("action"), location.href);
    for (const [name, value] of new FormData(form)) {
      if (!name.endsWith("_curseur") && !name.endsWith("_avant")) address.searchParams.set(name, value);
    }
    history.replaceState(null, "", address);
    form.dispatchEvent(new Event("sliders"));
  };
  form.addEventListener("input", (event) => {
    const row = event.target.closest(".slider");
    if (!row) return;
    const other = row.querySelector(event.target.type === "range" ? "[type=number]" : "[type=range]");
    if (event.target.value !== "") other.value = event.target.value;
    clearTimeout(waiting);
    waiting = setTimeout(ask, 120);
  });
});
